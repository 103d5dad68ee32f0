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
  const all = [...names]
  const shown = all.slice(0, 12).join(', ')
  return all.length > 12 ? `${shown} and ${all.length - 12} more` : shown
}
