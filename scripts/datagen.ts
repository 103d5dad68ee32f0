/** `npm run datagen`: what the twin can be asked to do without a stack. */
import { runCommand } from '@shelfcast/platform/commands/command'

await runCommand('datagen/validate.ts', () => false)
