/** Places for queries that run: services always find one, whatever analysts ask. */

import { CODE, Failure } from '../failure.ts'
import { MAX_QUERIES } from '../threads.ts'
import { ANALYST_QUERIES, ANALYST_WAIT_S } from './analyst.ts'
import type { Role } from './users.ts'

// A page of a BI tool asks for some dozens of visuals; more than that is no person.
const MOST_WAITING = 64

export interface Places {
  /**
   * Takes a place; an analyst's query waits for one for a while.
   * @param gone aborted when nobody waits for the answer any more
   * @returns gives the place back
   * @throws Failure 202
   */
  take(role: Role, gone: AbortSignal): Promise<() => void>
  /** Queries of a role that run. */
  running(role: Role): number
}

export function createPlaces(): Places {
  const running: Record<Role, number> = { service: 0, analyst: 0 }
  /** Analysts' queries in the order in which they came. */
  const waiting: (() => void)[] = []

  const isFree = (role: Role) =>
    running.service + running.analyst < MAX_QUERIES &&
    (role === 'service' || running.analyst < ANALYST_QUERIES)

  function enter(role: Role): () => void {
    running[role]++
    let hasLeft = false
    return () => {
      if (hasLeft) return
      hasLeft = true
      running[role]--
      if (isFree('analyst')) waiting.shift()?.()
    }
  }

  return {
    async take(role, gone) {
      if (isFree(role) && (role === 'service' || waiting.length === 0)) return enter(role)
      if (role === 'service') throw fullness(MAX_QUERIES)
      if (waiting.length >= MOST_WAITING) throw fullness(ANALYST_QUERIES)
      return new Promise((resolve, reject) => {
        const leave = () => {
          clearTimeout(timer)
          gone.removeEventListener('abort', giveUp)
          const at = waiting.indexOf(proceed)
          if (at >= 0) waiting.splice(at, 1)
        }
        const proceed = () => {
          leave()
          resolve(enter(role))
        }
        const giveUp = () => {
          leave()
          reject(fullness(ANALYST_QUERIES))
        }
        const timer = setTimeout(giveUp, ANALYST_WAIT_S * 1_000)
        gone.addEventListener('abort', giveUp)
        waiting.push(proceed)
      })
    },
    running: (role) => running[role],
  }
}

function fullness(most: number): Failure {
  return new Failure(
    CODE.tooManySimultaneousQueries,
    `Too many simultaneous queries. Maximum: ${most}. Send it again when others have ended`,
  )
}
