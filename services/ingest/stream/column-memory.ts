/** Memory of a column: how much it begins with, and how it moves into more. */
export const INITIAL_ROWS = 1024

export function copied<T extends Int32Array | Uint32Array | Float64Array | Uint8Array>(to: T, from: T): T {
  to.set(from as never)
  return to
}
