/** A stack that is not there, found out before a large file is read. */
import { connect } from 'node:net'

const ANSWER_MS = 3_000

/**
 * @param addresses host and port by the name that a person knows the part by
 * @throws one error that names each part that does not answer
 */
export async function checkReachable(
  addresses: Record<string, { host: string; port: number }>,
): Promise<void> {
  const silent = await Promise.all(
    Object.entries(addresses).map(async ([name, { host, port }]) =>
      (await answers(host, port)) ? [] : [`${name} at ${host}:${port}`],
    ),
  )
  if (silent.flat().length === 0) return
  throw new Error(
    `Nothing answers for ${silent.flat().join(', ')}. Start the stack with npm start, or say which one runs with --data DIR.`,
  )
}

export function addressOf(url: string): { host: string; port: number } {
  const { hostname, port, protocol } = new URL(url)
  return { host: hostname, port: Number(port) || (protocol === 'https:' ? 443 : 80) }
}

function answers(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: ANSWER_MS })
    const end = (answered: boolean) => {
      socket.destroy()
      resolve(answered)
    }
    socket.once('connect', () => end(true))
    socket.once('error', () => end(false))
    socket.once('timeout', () => end(false))
  })
}
