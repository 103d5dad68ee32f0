/** What the validation is doing, on standard error: a bar in a terminal, a line at each step elsewhere. */
import { Presets, SingleBar } from 'cli-progress'

export interface Progress {
  /** @param share how much of it is done, where that is known */
  tell(what: string, share?: number): void
  stop(): void
}

export function createProgress(output: NodeJS.WriteStream = process.stderr): Progress {
  let current: string | undefined
  let bar: SingleBar | undefined
  const stop = () => {
    bar?.stop()
    bar = undefined
  }
  return {
    tell(what, share) {
      if (what !== current) {
        stop()
        current = what
        if (share === undefined || !output.isTTY) output.write(`${what}\n`)
        else {
          bar = new SingleBar(
            { stream: output, hideCursor: true, format: '{what} {bar} {percentage}%  {duration_formatted}' },
            Presets.shades_classic,
          )
          bar.start(100, 0, { what })
        }
      }
      bar?.update(Math.round((share ?? 0) * 100))
    },
    stop,
  }
}
