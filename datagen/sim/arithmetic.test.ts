import { expect, test } from 'vitest'
import { cosTurn, exp, log, normalQuantile, power } from './arithmetic.ts'

const close = (actual: number, expected: number, limit: number) =>
  expect(Math.abs(actual - expected)).toBeLessThanOrEqual(limit * Math.max(1e-300, Math.abs(expected)))

test('exp, log and powers are those of Math', () => {
  for (let x = -650; x <= 650; x += 0.37) close(exp(x), Math.exp(x), 1e-14)
  for (let x = 1e-12; x < 1e12; x *= 1.013) expect(Math.abs(log(x) - Math.log(x))).toBeLessThan(1e-14)
  close(power(1.7, -2.3), 1.7 ** -2.3, 1e-14)
  expect([exp(0), log(1), exp(-800)]).toEqual([1, 0, 0])
})

test('the cosine goes round', () => {
  for (let turn = -2; turn <= 2; turn += 0.001) {
    expect(Math.abs(cosTurn(turn) - Math.cos(2 * Math.PI * turn))).toBeLessThan(1e-13)
  }
})

test('quantiles of the normal distribution', () => {
  close(normalQuantile(0.975), 1.959963984540054, 2e-9)
  close(normalQuantile(0.001), -3.090232306167813, 2e-9)
  expect(normalQuantile(0.5)).toBe(0)
})
