/** What the gateway tells of the queries that it served. */
import { Counter, Gauge, Histogram, type Registry } from 'prom-client'
import type { Places } from './rights/places.ts'

const KINDS = new Set([
  'select',
  'insert',
  'show',
  'describe',
  'create',
  'alter',
  'drop',
  'kill',
  'set',
  'none',
])

export function createMetrics(registry: Registry, places: Places) {
  const registers = [registry]
  const queries = new Counter({
    name: 'warehouse_queries_total',
    help: 'Queries by kind of statement and outcome: ok, client gone, or the error code',
    labelNames: ['kind', 'outcome'],
    registers,
  })
  const seconds = new Histogram({
    name: 'warehouse_query_seconds',
    help: 'Time from the request to the end of the answer',
    labelNames: ['kind'],
    buckets: [0.005, 0.02, 0.1, 0.5, 2, 10, 60],
    registers,
  })
  new Gauge({
    name: 'warehouse_queries_running',
    help: 'Queries that run now',
    registers,
    collect() {
      this.set(places.running('service') + places.running('analyst'))
    },
  })
  return {
    observe(kind: string, outcome: string, duration: number) {
      const label = KINDS.has(kind) ? kind : 'other'
      queries.inc({ kind: label, outcome })
      seconds.observe({ kind: label }, duration)
    },
  }
}
