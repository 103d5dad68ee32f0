/** Kills the store while it is written to, again and again, and says what became of the rows that it had acknowledged. */
import type { StoreProcess } from './postgres.ts'

const WRITERS = 4

export interface KillReport {
  acknowledged: number
  /** Acknowledged rows that a restart did not bring back. */
  lost: number[]
  /** Rows whose writer was killed before it heard, and which are there nevertheless. */
  unheard: number
  /** From the start of the server until it answered, in milliseconds. */
  startsMs: number[]
}

/** @param rows how many are acknowledged in each round before the kill, by its number */
export async function killWhileWriting(
  server: StoreProcess,
  rounds: number,
  rows: (round: number) => number,
): Promise<KillReport> {
  const client = server.connect()
  const acknowledged = new Set<number>()
  const startsMs: number[] = []
  let next = 0
  try {
    await client.query('create table kept (id bigint primary key, text text not null)')
    for (let round = 0; round < rounds; round++) {
      const enough = acknowledged.size + rows(round)
      let reached: () => void = () => undefined
      const isEnough = new Promise<void>((resolve) => {
        reached = resolve
      })
      let killed = false
      const write = async () => {
        while (!killed) {
          const id = next++
          try {
            await client.query('insert into kept values ($1, $2)', [id, 'x'.repeat(200)])
            acknowledged.add(id)
          } catch (error) {
            if (!killed) throw error
          }
          if (acknowledged.size >= enough) reached()
        }
      }
      const writers = Array.from({ length: WRITERS }, write)
      await Promise.race([isEnough, Promise.all(writers)])
      killed = true
      await server.kill()
      const began = performance.now()
      await server.start()
      startsMs.push(performance.now() - began)
      await Promise.all(writers)
    }
    const present = new Set((await client.query<{ id: number }>('select id from kept')).map(({ id }) => id))
    return {
      acknowledged: acknowledged.size,
      lost: [...acknowledged].filter((id) => !present.has(id)),
      unheard: [...present].filter((id) => !acknowledged.has(id)).length,
      startsMs,
    }
  } finally {
    await client.close()
  }
}
