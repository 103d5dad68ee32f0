/** What a person sees while something takes long: a spinner in a terminal, plain lines elsewhere. */
import { styleText } from 'node:util'

const FRAMES = '⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏'
const FRAME_MS = 100
/** Without a terminal, a step that runs on says so this often. */
const STILL_MS = 15_000

export interface Progress {
  /** Runs a step, shows that it runs, and how long it took. Steps may overlap. */
  step<T>(title: string, work: (note: (text: string) => void) => Promise<T>): Promise<T>
  /** A line above the spinner. */
  line(text: string): void
  /** Seconds of each step that ended, in the order of their ends. */
  timings(): { title: string; seconds: number }[]
}

export function createProgress(out: NodeJS.WriteStream = process.stdout): Progress {
  const terminal = out.isTTY === true
  const running = new Map<string, { began: number; note: string }>()
  const timings: { title: string; seconds: number }[] = []
  let timer: NodeJS.Timeout | undefined
  let frame = 0

  const clear = () => {
    if (terminal && running.size > 0) out.write('\r\x1b[2K')
  }
  const draw = () => {
    if (!terminal || running.size === 0) return
    const oldest = Math.min(...[...running.values()].map((step) => step.began))
    const names = [...running].map(([title, { note }]) => (note ? `${title}: ${note}` : title)).join(', ')
    const text = `${FRAMES[frame++ % FRAMES.length]} ${names}  ${seconds(Date.now() - oldest)}`
    out.write(`\r\x1b[2K${text.slice(0, (out.columns ?? 80) - 1)}`)
  }
  const still = () => {
    for (const [title, { began, note }] of running) {
      if (Date.now() - began >= STILL_MS)
        out.write(`… ${title}${note ? `: ${note}` : ''}  ${seconds(Date.now() - began)}\n`)
    }
  }
  const line = (text: string) => {
    clear()
    out.write(`${text}\n`)
    draw()
  }

  return {
    line,
    timings: () => timings,
    async step(title, work) {
      const state = { began: Date.now(), note: '' }
      running.set(title, state)
      timer ??= setInterval(terminal ? draw : still, terminal ? FRAME_MS : STILL_MS).unref()
      const finish = (mark: string) => {
        clear()
        running.delete(title)
        const took = Date.now() - state.began
        timings.push({ title, seconds: took / 1000 })
        out.write(
          `${mark} ${title.padEnd(28)} ${seconds(took).padStart(7)}${state.note ? `  ${state.note}` : ''}\n`,
        )
        if (running.size === 0) {
          clearInterval(timer)
          timer = undefined
        } else draw()
      }
      try {
        const result = await work((text) => {
          state.note = text
        })
        finish(styleText('green', '✓', { stream: out }))
        return result
      } catch (error) {
        finish(styleText('red', '✗', { stream: out }))
        throw error
      }
    },
  }
}

export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`
}
