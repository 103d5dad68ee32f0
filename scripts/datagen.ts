/** `npm run datagen`: what the twin can be asked to do without a stack. */
import { runProgram } from '@shelfcast/platform/commands/programs'

await runProgram('datagen/validate.ts', () => false)
