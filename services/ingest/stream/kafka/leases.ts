/** Memory for answers of fetches, used again and again: as garbage, hundreds of megabytes a second would cost more than reading them. */

/** A buffer that is given back when everyone who reads it is done. */
export interface Lease {
  readonly bytes: Buffer
  /** One more reads it. */
  retain(): void
  /** One reads it no more; after the last one the memory is used for something else. */
  release(): void
}

export interface LeasePool {
  /** @returns a lease with one reader, of exactly so many bytes */
  take(size: number): Lease
}

// Small answers come seldom when much is to be read, and often when nothing is.
const SMALL = 64 * 1024
// One answer is judged while the next one comes; a third waits behind a block that waits for the lake.
const KEPT = 3
const MIB = 1024 * 1024

export function createLeasePool(): LeasePool {
  const free: Buffer[] = []
  return {
    take(size) {
      const isSmall = size <= SMALL
      const place = isSmall ? -1 : free.findIndex(({ length }) => length >= size)
      const memory =
        place >= 0
          ? free.splice(place, 1)[0]!
          : Buffer.allocUnsafeSlow(isSmall ? size : Math.ceil(size / MIB) * MIB)
      let readers = 1
      return {
        bytes: memory.subarray(0, size),
        retain() {
          readers++
        },
        release() {
          if (--readers > 0 || isSmall) return
          free.push(memory)
          // The larger ones serve more answers.
          free.sort((one, other) => one.length - other.length)
          if (free.length > KEPT) free.shift()
        },
      }
    },
  }
}
