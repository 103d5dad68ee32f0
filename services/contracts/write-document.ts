/** One shot: writes the contracts of the Python rooms. @example node services/contracts/write-document.ts */
import { writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { contractDocuments } from './document.ts'

for (const [name, document] of Object.entries(contractDocuments())) {
  const file = resolve(import.meta.dirname, '../..', name)
  await writeFile(file, `${JSON.stringify(document, null, 2)}\n`)
  process.stdout.write(`${file}\n`)
}
