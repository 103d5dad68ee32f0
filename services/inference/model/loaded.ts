/** Bundles that serve, each loaded once, for as long as somebody holds it. */
import type { Bundle } from './bundle.ts'
import type { ModelSource, ModelVersion } from './source.ts'
import { loadTrusted } from './trust.ts'

/** A bundle that could not be loaded is tried again so seldom by itself; a refresh that is asked for tries at once. */
const RETRY_MS = 60_000

export function createBundles(models: ModelSource, now: () => number) {
  const loaded = new Map<string, { bundle: Bundle; holders: number }>()
  const failed = new Map<string, { until: number; error: unknown }>()
  const forget = () => {
    for (const [version, { until }] of failed) if (until <= now()) failed.delete(version)
  }

  return {
    /** @throws when the bundle is broken; and again, without reading it, for a while */
    async hold(version: ModelVersion): Promise<Bundle> {
      forget()
      const failure = failed.get(version.version)
      if (failure) throw failure.error
      const entry = loaded.get(version.version)
      if (entry) {
        entry.holders++
        return entry.bundle
      }
      try {
        const bundle = await loadTrusted((name) => models.readFile(version, name), version.manifest)
        loaded.set(version.version, { bundle, holders: 1 })
        return bundle
      } catch (error) {
        failed.set(version.version, { until: now() + RETRY_MS, error })
        throw error
      }
    },
    async letGo(bundle: Bundle) {
      const { version } = bundle.manifest
      const entry = loaded.get(version)!
      entry.holders--
      if (entry.holders > 0) return
      loaded.delete(version)
      await bundle.release()
    },
    /** Versions that are not tried at the moment. */
    failures(): string[] {
      forget()
      return [...failed.keys()]
    },
    forgive: () => failed.clear(),
  }
}
