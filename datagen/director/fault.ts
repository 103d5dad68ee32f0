/** An error whose message is for whoever asked: the object, what was found, and the fix. */
export interface Fault extends Error {
  statusCode: number
  code: string
}

export function fault(statusCode: number, code: string, message: string): Fault {
  return Object.assign(new Error(message), { statusCode, code })
}

/** At most a dozen of the names that would have been right. */
export function choiceOf(names: Iterable<string>): string {
  const list = [...names]
  const text = list.slice(0, 12).join(', ')
  return list.length > 12 ? `${text} and ${list.length - 12} more` : text
}
