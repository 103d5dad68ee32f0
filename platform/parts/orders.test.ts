import { expect, test } from 'vitest'
import { orderChannelOf } from './orders.ts'

test('orders go to the twin where there is one, and are written as CSV where there is none', () => {
  expect(orderChannelOf({ ERP_URL: '', TWIN_URL: 'http://127.0.0.1:8082' })).toBe('twin')
  expect(orderChannelOf({ ERP_URL: 'https://erp.example', TWIN_URL: '' })).toBe('csv')
  expect(orderChannelOf({ ORDER_CHANNEL: 'edifact', ERP_URL: '', TWIN_URL: 'http://127.0.0.1:8082' })).toBe(
    'edifact',
  )
})

test('a channel that is not set up is refused with what is missing', () => {
  expect(() => orderChannelOf({ ORDER_CHANNEL: 'erp', ERP_URL: '', TWIN_URL: '' })).toThrow(
    'ERP_URL is not set',
  )
  expect(() => orderChannelOf({ ORDER_CHANNEL: 'twin', ERP_URL: '', TWIN_URL: '' })).toThrow(
    'there is no twin',
  )
})
