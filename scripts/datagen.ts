/** `npm run datagen`: what the twin can be asked to do without a stack. */
import { runCommand } from './command.ts'

await runCommand('datagen/validate.ts', () => false)
