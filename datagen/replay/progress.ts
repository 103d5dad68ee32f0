/** Progress of a replay on standard error: two bars in a terminal, a line every few seconds elsewhere. */
import { MultiBar, Presets, type SingleBar } from 'cli-progress'

const LINE_EVERY_MS = 3_000

export interface Progress {
  /** @param rows of the file that were sent so far */
  sent(rows: number): void
  /** @param landed messages that are in the warehouse, of those sent so far */
  landed(landed: number, messages: number): void
  /** A line beside it. */
  line(text: string): void
  stop(): void
}

export function createProgress(totalRows: number, output: NodeJS.WriteStream = process.stderr): Progress {
  return output.isTTY ? bars(totalRows, output) : plainLines(totalRows, output)
}

function bars(totalRows: number, output: NodeJS.WriteStream): Progress {
  const multi = new MultiBar(
    {
      stream: output,
      hideCursor: true,
      format: '{title} {bar} {percentage}%  {value} of {total} {what}  {duration_formatted}',
    },
    Presets.shades_classic,
  )
  const sending: SingleBar = multi.create(totalRows, 0, { title: 'sending', what: 'rows' })
  const landing: SingleBar = multi.create(1, 0, { title: 'landing', what: 'messages' })
  return {
    sent: (rows) => sending.update(rows),
    landed(landed, messages) {
      landing.setTotal(Math.max(1, messages))
      landing.update(landed)
    },
    line: (text) => multi.log(`${text}\n`),
    stop: () => multi.stop(),
  }
}

function plainLines(totalRows: number, output: NodeJS.WriteStream): Progress {
  let rowsSent = 0
  let messagesLanded = 0
  let messagesSent = 0
  let printed = ''
  const print = () => {
    const line =
      `sent ${rowsSent.toLocaleString('en')} of ${totalRows.toLocaleString('en')} rows, ` +
      `landed ${messagesLanded.toLocaleString('en')} of ${messagesSent.toLocaleString('en')} messages\n`
    if (line !== printed) output.write(line)
    printed = line
  }
  const timer = setInterval(print, LINE_EVERY_MS)
  return {
    sent: (rows) => {
      rowsSent = rows
    },
    landed: (landed, messages) => {
      messagesLanded = landed
      messagesSent = messages
    },
    line: (text) => void output.write(`${text}\n`),
    stop() {
      clearInterval(timer)
      print()
    },
  }
}
