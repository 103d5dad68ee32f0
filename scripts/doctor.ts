/** `npm run doctor`: can this machine run the stack, and the exact fix where not. */
import { doctorCommand } from '@shelfcast/platform/commands/doctor'
import { runCommand } from '@shelfcast/runtime/command'

await runCommand(doctorCommand())
