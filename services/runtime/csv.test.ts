import { expect, test } from 'vitest'
import { csvLine } from './csv.ts'

test('cells are quoted by RFC 4180, and formulas lose their force', () => {
  expect(csvLine(['a', 'b,c', 'd"e', '=1+1', '@x', -2, '-2'])).toBe('a,"b,c","d""e",\'=1+1,\'@x,-2,\'-2\r\n')
})
