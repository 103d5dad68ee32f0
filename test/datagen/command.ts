/** Commands as a test calls them. */
import type { Command } from 'commander'

/**
 * Reads arguments without ending the process.
 * @throws with what a person would see on standard error, or on standard output for --help
 */
export async function parseCommand(command: Command, args: readonly string[]): Promise<void> {
  let text = ''
  const write = (part: string) => {
    text += part
  }
  for (const each of [command, ...command.commands]) {
    each.exitOverride().configureOutput({ writeOut: write, writeErr: write })
  }
  await command.parseAsync(args, { from: 'user' }).catch((error: Error) => {
    throw new Error(text === '' ? error.message : text)
  })
}
