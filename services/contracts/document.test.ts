import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { contractDocuments } from './document.ts'

test.each(Object.entries(contractDocuments()))(
  '%s is that of these contracts; `npm run document -w @shelfcast/contracts` makes it anew',
  async (name, document) => {
    const copy = await readFile(new URL(`../../${name}`, import.meta.url), 'utf8')
    expect(JSON.parse(copy)).toEqual(JSON.parse(JSON.stringify(document)))
  },
)
