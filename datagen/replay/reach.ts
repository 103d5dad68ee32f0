/** A stack that is not there, found out before a large file is read. */
import { listens, type PartName, type Patience } from '@shelfcast/runtime/patience'

/**
 * Waits for what is away of a stack.
 * @param addresses URL by part
 * @throws at once where none of them answers, and nothing else says that there is a stack
 */
export async function untilReachable(
  addresses: Partial<Record<PartName, string>>,
  patience: Patience,
): Promise<void> {
  const parts = Object.entries(addresses) as [PartName, string][]
  const answers = await Promise.all(parts.map(([, url]) => listens(url)))
  if (!answers.includes(true) && !patience.knowsStack)
    throw new Error(
      `Nothing answers for ${parts.map(([part, url]) => `${part} at ${new URL(url).host}`).join(', ')}. Start the stack with npm start, or say which one runs with --data DIR.`,
    )
  for (const [part, url] of parts)
    await patience.until(part, async () => {
      if (await listens(url)) return
      throw Object.assign(new Error(`nothing listens at ${new URL(url).host}`), { code: 'ECONNREFUSED' })
    })
}
