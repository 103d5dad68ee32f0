import { grossAmount, netAmount, type Unit } from '@shelfcast/contracts/events'
import { expect, test } from 'vitest'
import { keyOf, Random } from '../sim/random.ts'
import { priceOfTotal } from './prices.ts'

test('whatever quantity and discount, the line comes to its total to the cent', () => {
  const random = new Random(keyOf(undefined, 'prices'))
  for (let round = 0; round < 5_000; round++) {
    const unit: Unit = random.chance(0.5) ? 'each' : random.chance(0.5) ? 'g' : 'ml'
    const quantity = random.integer(1, unit === 'each' ? 200 : 130_000)
    const net = random.integer(0, 20_000)
    const gross = net + random.integer(0, 3_000)
    const line = { quantity, unit, ...priceOfTotal(quantity, unit, gross, net) }
    const message = JSON.stringify({ line, gross, net })
    expect(netAmount(line), message).toBe(net)
    expect(line.discount, message).toBeGreaterThanOrEqual(gross - net)
    expect(line.discount, message).toBeLessThanOrEqual(grossAmount(line))
    // What the rounding of the price adds stays under one minor unit a piece, kilogram or litre.
    const units = unit === 'each' ? quantity : quantity / 1000
    expect(grossAmount(line) - gross, message).toBeLessThan(Math.max(1, units + 0.5))
  }
})

test('a quantity of zero keeps its amount for the gate to refuse', () => {
  expect(priceOfTotal(0, 'each', 0, 0)).toEqual({ unit_price: 0, discount: 0 })
  expect(priceOfTotal(0, 'each', 150, 100)).toEqual({ unit_price: 150, discount: 0 })
})
