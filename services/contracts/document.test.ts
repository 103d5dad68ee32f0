import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { contractDocument } from './document.ts'

test("the jobs' copy is that of these contracts; `npm run document -w @shelfcast/contracts` makes it anew", async () => {
  const copy = new URL('../../spark-jobs/shelfcast_spark/contract.json', import.meta.url)
  expect(JSON.parse(await readFile(copy, 'utf8'))).toEqual(JSON.parse(JSON.stringify(contractDocument())))
})
