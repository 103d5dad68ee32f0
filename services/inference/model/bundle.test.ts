import { afterAll, expect, test } from 'vitest'
import { bundleSource, manifest, treesText } from '../../../test/inference/fixture.ts'
import { type Bundle, loadBundle } from './bundle.ts'
import { checkParity, worstOf } from './parity.ts'
import { loadTrusted } from './trust.ts'

const loaded: Bundle[] = []
const load = async (...args: Parameters<typeof loadBundle>) => {
  const bundle = await loadBundle(...args)
  loaded.push(bundle)
  return bundle
}
afterAll(() => Promise.all(loaded.map((bundle) => bundle.release())))

test('each head says in Node what the training library says', async () => {
  const checked = await checkParity(await load(bundleSource, manifest()))
  expect(checked.map(({ head, rows }) => [head, rows])).toEqual([
    ['mean', 240],
    ['p10', 240],
    ['p50', 240],
    ['p90', 240],
  ])
  for (const { max_relative_difference } of checked) expect(max_relative_difference).toBeLessThan(1e-5)
})

test('a head that differs fails with its name and the worst row', async () => {
  const heads = manifest().heads.map((head) => (head.head === 'p50' ? { ...head, file: 'p90.onnx' } : head))
  const bundle = await load(bundleSource, manifest({ heads }))
  await expect(checkParity(bundle)).rejects.toThrow(
    /Model demand fixture-1: head p50 differs .*; row \d+ of p50-parity\.arrow is [\d.]+ here and [\d.]+ there/,
  )
})

test('what is next to nothing is compared with what is usual, and NaN is never parity', () => {
  const difference = (actual: number[], expected: number[]) =>
    worstOf(Float32Array.from(actual), Float32Array.from(expected)).difference
  expect(difference([1e-7, 10], [0, 10])).toBeCloseTo(1e-7 / 5e-2, 9)
  expect(difference([0, 0], [0, 0])).toBe(0)
  expect(difference([Number.NaN, 1], [1, 1])).toBeNaN()
})

test('a file that is not the one that was exported is refused', async () => {
  const source = async (name: string) =>
    name === 'p10.onnx' ? Buffer.from('something else') : bundleSource(name)
  await expect(loadBundle(source, manifest())).rejects.toThrow(/demand fixture-1: p10\.onnx has the digest/)
})

test('a demand model needs all its heads, and trees of the same inputs', async () => {
  const heads = manifest().heads.filter(({ head }) => head !== 'p90')
  await expect(loadBundle(bundleSource, manifest({ heads }))).rejects.toThrow(/lacks the heads p90/)
  const inputs = manifest().inputs.slice(1)
  await expect(loadBundle(bundleSource, manifest({ inputs }))).rejects.toThrow(
    /trees\.json has 12 inputs and the manifest 11/,
  )
})

test('a head that is no ONNX model is named', async () => {
  const files = manifest().files
  const heads = manifest().heads.map((head) =>
    head.head === 'mean' ? { ...head, file: 'trees.json' } : head,
  )
  expect(treesText.length).toBe(files.find(({ name }) => name === 'trees.json')!.bytes)
  await expect(loadBundle(bundleSource, manifest({ heads }))).rejects.toThrow(
    /head mean \(trees\.json\) cannot be loaded/,
  )
})

test.each<[string, RegExp, (sample: ReturnType<typeof manifest>) => void]>([
  [
    'a field that no manifest has',
    /demand fixture-1: its manifest is none: .*Export it again/,
    (sample) => Object.assign(sample, { heads: 'all' }),
  ],
  [
    'a baseline that nobody knows',
    /its manifest is none: \/demand.*baseline/,
    (sample) => Object.assign(sample.demand!, { baseline: 'oracle' }),
  ],
  [
    'a file out of its folder',
    /its manifest is none: \/files/,
    (sample) => Object.assign(sample.files[0]!, { name: '../secret' }),
  ],
  [
    'a calibration with a gap',
    /has no calibration for horizon 28/,
    (sample) => {
      sample.demand!.calibration = [{ from: 1, to: 27, p90_factor: 1, p90_offset: 0 }]
    },
  ],
  [
    'another best iteration',
    /the trees of its reasons differ from its mean by/,
    (sample) => {
      sample.demand!.best_iteration = 3
    },
  ],
  [
    'inputs in another order',
    /differs from the training library|has no column/,
    (sample) => {
      sample.inputs.reverse()
    },
  ],
])('a manifest that lies is not trusted: %s', async (_name, message, change) => {
  const sample = manifest()
  change(sample)
  await expect(loadTrusted(bundleSource, sample)).rejects.toThrow(message)
})
