/** What Python works out beside Node, of the same inputs. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { OTHER_MODELS } from '@shelfcast/contracts/manifest'
import { HORIZONS } from '@shelfcast/contracts/training'
import { baselineForecasts } from '@shelfcast/inference/model/baseline'
import type { FeatureRows } from '@shelfcast/inference/features/rows'
import { worstOf } from '@shelfcast/inference/model/parity'
import { trainingOrigins } from '@shelfcast/jobs/models/build-features'
import { featureHash } from '@shelfcast/warehouse/features'
import { modelFeatureHash } from '@shelfcast/warehouse/model-features'
import { expect, test } from 'vitest'

const python = process.env.SHELFCAST_TEST_MODELS

/** @param program that prints one JSON value; `inputs` is what it is given, `np` is numpy */
async function ask<Answer>(program: string, inputs: unknown = null): Promise<Answer> {
  const lines = ['import json, sys', 'import numpy as np', 'inputs = json.loads(sys.argv[1])', program]
  const { stdout } = await promisify(execFile)(
    python!,
    ['-B', '-c', lines.join('\n'), JSON.stringify(inputs)],
    {
      cwd: import.meta.dirname,
    },
  )
  return JSON.parse(stdout) as Answer
}

test.skipIf(!python)('features have the same hash in Python', async () => {
  const hashes = await ask(
    `
from shelfcast_models.detection import definition_hash
from shelfcast_models.features import feature_hash
print(json.dumps([feature_hash(), *map(definition_hash, inputs)]))`,
    OTHER_MODELS,
  )
  expect(hashes).toEqual([featureHash(), ...OTHER_MODELS.map(modelFeatureHash)])
})

test.skipIf(!python)('a training takes the origins that are built for it', async () => {
  const origins = await ask(
    `
from datetime import date
from pathlib import Path
from shelfcast_models.train import Options, origins_of_training
print(json.dumps(list(map(str, origins_of_training(date.fromisoformat(inputs), Options(out=Path()))))))`,
    '2026-03-01',
  )
  expect(origins).toEqual(trainingOrigins('2026-03-01'))
})

test.skipIf(!python)('a baseline is scored in Python as Node serves it', async () => {
  const units = Array.from({ length: HORIZONS }, (_, index) => [-1, 0, 0.25, 3, null][index % 5]!)
  const told = await ask(
    `
import polars as pl
from shelfcast_models.demand import Rows, baseline_of
size, nothing = len(inputs), np.zeros(len(inputs))
frame = pl.DataFrame({"baseline_ses": inputs}, strict=False)
rows = Rows(np.zeros((size, 1)), nothing, nothing, np.zeros(size, int), np.arange(1, size + 1), frame)
print(json.dumps(baseline_of(rows, "ses", 1)[0].tolist()))`,
    units,
  )
  const features = {
    unitScale: new Float32Array(HORIZONS).fill(1),
    baselines: { ses: Float32Array.from(units, (value) => value ?? Number.NaN) },
  } as unknown as FeatureRows
  const { mean } = baselineForecasts(features, 'ses', { from: 0, to: HORIZONS })
  expect([...mean]).toEqual(told)
})

test.skipIf(!python).each([
  { actual: [1, 2.002, 3], expected: [1, 2, 3], title: 'relative to a figure' },
  { actual: [100, 0.0001, 50], expected: [100, 0, 50], title: 'next to nothing' },
  { actual: [0, 1e-9], expected: [0, 0], title: 'where all is nothing' },
])('parity is measured alike: $title', async ({ actual, expected }) => {
  const [difference, row] = await ask<[number, number]>(
    `
from shelfcast_models.bundle import worst_of
print(json.dumps(worst_of(*(np.array(each, dtype=np.float32).astype(float) for each in inputs))))`,
    [actual, expected],
  )
  const worst = worstOf(Float32Array.from(actual), Float32Array.from(expected))
  expect(worst.row).toBe(row)
  expect(worst.difference).toBeCloseTo(difference, 12)
})
