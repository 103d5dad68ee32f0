import { expect, test } from 'vitest'
import { figuresOf, jobTitle } from './spark-jobs.ts'

test('figures are told in words, with their units', () => {
  const figures = figuresOf({ rows: 1_200_000, rows_per_s: 84_000, batch_s: 2.5, size_bytes: 3_000_000 })
  expect(figures.map(({ name }) => name)).toEqual(['rows', 'rows a second', 'batch time', 'size'])
  expect(figures.map(({ value }) => value)).toEqual(['1,200,000', '84,000', '2.50 s', '2.9 MiB'])
})

test('a figure and its time are told apart', () => {
  const names = figuresOf({ batch: 7, batch_s: 2.5, seconds: 90 }).map(({ name }) => name)
  expect(names).toEqual(['batch', 'batch time', 'time'])
  expect(figuresOf({ bytes_before: 2_142_764 })).toEqual([
    { metric: 'bytes_before', name: 'size before', value: '2.0 MiB' },
  ])
})

test('a job that is not known by a title goes by its name', () => {
  expect(jobTitle('land_stream')).toBe('Landing the stream')
  expect(jobTitle('build_history')).toBe('build history')
})
