/** Progress on standard error: a bar in a terminal, and nothing elsewhere, where the last line says it all. */
import { Presets, SingleBar } from 'cli-progress'

export interface Progress {
  /** @param done store days that are made */
  update(done: number): void
  stop(): void
}

export function createProgress(
  title: string,
  storeDays: number,
  output: NodeJS.WriteStream = process.stderr,
): Progress {
  if (!output.isTTY) return { update: () => undefined, stop: () => undefined }
  const bar = new SingleBar(
    {
      stream: output,
      hideCursor: true,
      format: `${title} {bar} {percentage}%  {value} of {total} store days  {duration_formatted}, {eta_formatted} to go`,
    },
    Presets.shades_classic,
  )
  bar.start(storeDays, 0)
  return { update: (done) => bar.update(done), stop: () => bar.stop() }
}
