/** Sends the hours of a run as the store clock says. */
import { once } from 'node:events'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Sender } from '../send.ts'
import type { SourceEvent } from '../source.ts'
import type { Position, Stage } from './stage.ts'

// Shorter waits are not worth a timer and a request of their own; events go out up to this much early.
const SHORTEST_WAIT_MS = 100
/** The gate takes times up to the end of 2099: there a run ends, after a week at an hour a second. */
const END = Date.UTC(2099, 11, 31)

export interface PlacedEvent extends SourceEvent {
  /** Where the stream goes on after this event. */
  next: Position
}

/**
 * Plays until the signal says stop; all that was sent is acknowledged when it returns.
 * @param options.settled resolves when truth and history of the hours made are in the lake
 * @param options.onSent called with how late an event is sent, in milliseconds of wall time
 */
export async function play(options: {
  stage: Stage
  sender: Sender<PlacedEvent>
  signal: AbortSignal
  settled(): Promise<void>
  /** The same with files that are not full: before a snapshot, and when a jump has arrived. */
  closed(): Promise<void>
  onSent?(event: SourceEvent, lateMs: number): void
  /** The run has come to its end; it stands there until it is stopped. */
  onEnd?(): void
}): Promise<void> {
  const { stage, sender, signal, settled, closed, onSent, onEnd } = options
  const { clock, live } = stage
  /** What a run that goes on has sent before. */
  const start: Position = { hour: stage.place.hour, sent: stage.place.sent }

  async function due(at: number): Promise<void> {
    if (clock.dueIn(at) < SHORTEST_WAIT_MS) return
    await sender.flush()
    await clock.until(at, signal)
  }

  while (!signal.aborted) {
    await stage.keep(async () => {
      await sender.flush()
      await closed()
    }, signal)
    if (live.at >= END) {
      clock.pause()
      onEnd?.()
      if (!signal.aborted) await once(signal, 'abort')
      break
    }
    // An hour is made when it comes, so that what the director is asked holds from the next one.
    await due(live.at)
    if (signal.aborted) break
    const { at: hour, events } = await stage.hour()
    await stage.arrive(closed)
    const first = hour === start.hour ? start.sent : 0
    const last = events[first - 1]
    if (last && last.event_time > clock.time()) clock.set(last.event_time)
    for (let index = first; index < events.length; index++) {
      const event = events[index]!
      await due(event.event_time)
      if (signal.aborted) break
      await sender.send({ ...event, next: { hour, sent: index + 1 } })
      onSent?.(event, lateness(event.event_time))
      clock.reached(event.event_time)
    }
    await settled()
    // Silent hours never wait, and the director has to be heard all the same.
    await nextTurn()
  }
  await sender.flush()

  function lateness(at: number): number {
    const behind = Math.max(0, clock.time() - at)
    return clock.speed === 'max' ? 0 : behind / clock.speed
  }
}
