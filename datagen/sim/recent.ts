/** Adds an entry, and drops the oldest when there are enough: a Map gives them in the order in which they came. */
export function keep<K, V>(recent: Map<K, V>, key: K, value: V, limit: number): void {
  if (recent.size >= limit) {
    for (const oldest of recent.keys()) {
      recent.delete(oldest)
      break
    }
  }
  recent.set(key, value)
}
