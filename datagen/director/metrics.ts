import { Counter, Gauge, type Registry } from 'prom-client'
import type { SourceEvent } from '../source.ts'
import type { Label } from '../till/truth.ts'
import type { StoreClock } from './clock.ts'

export function createTwinMetrics(registry: Registry, clock: StoreClock) {
  const registers = [registry]
  const events = new Counter({
    name: 'twin_events_total',
    help: 'Events that Kafka has acknowledged.',
    labelNames: ['topic'] as const,
    registers,
  })
  const labels = new Counter({
    name: 'twin_labels_total',
    help: 'Faults and anomalies that were made on purpose, those made again after a restart included.',
    labelNames: ['kind'] as const,
    registers,
  })
  const storeTime = new Gauge({
    name: 'twin_store_time_seconds',
    help: 'Store time of the newest acknowledged event, in seconds since 1970.',
    registers,
  })
  const late = new Gauge({
    name: 'twin_late_seconds',
    help: 'How far the newest event was behind the store clock, in seconds of wall time.',
    registers,
  })
  new Gauge({
    name: 'twin_speed',
    help: 'Seconds of store time in a second: 0 while paused, -1 as fast as possible.',
    registers,
    collect() {
      this.set(clock.paused ? 0 : clock.speed === 'max' ? -1 : clock.speed)
    },
  })
  return {
    acknowledged(sent: readonly SourceEvent[]) {
      storeTime.set(sent.at(-1)!.event_time / 1000)
      for (const { topic } of sent) events.inc({ topic })
    },
    labelled(newLabels: readonly Label[]) {
      for (const { kind } of newLabels) labels.inc({ kind })
    },
    sent(_event: SourceEvent, lateMs: number) {
      late.set(lateMs / 1000)
    },
  }
}
