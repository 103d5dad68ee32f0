/** `npm run history`: datagen/history.ts, with the running stack of --data when it writes to an object store. */
import { runProgram } from '@shelfcast/platform/commands/programs'

await runProgram('datagen/history.ts', (args) => {
  const out = args.find((word, index) => word.startsWith('--out=') || args[index - 1] === '--out')
  return out !== undefined && /^(--out=)?s3(:|$)/.test(out)
})
