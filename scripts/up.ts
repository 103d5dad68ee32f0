/** `npm start`: the whole stack without Docker, in the foreground. */
import { upCommand } from '@shelfcast/platform/commands/up/arguments'
import { up } from '@shelfcast/platform/commands/up/up'
import { runCommand } from '@shelfcast/runtime/command'

await runCommand(
  upCommand(async (options) => {
    process.exitCode = await up(options)
  }),
)
process.exit()
