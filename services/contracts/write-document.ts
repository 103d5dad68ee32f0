/** One shot: writes the contract for the jobs in Python. @example node services/contracts/write-document.ts */
import { writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { contractDocument } from './document.ts'

const file = resolve(import.meta.dirname, '../../spark-jobs/shelfcast_spark/contract.json')
await writeFile(file, `${JSON.stringify(contractDocument(), null, 2)}\n`)
process.stdout.write(`${file}\n`)
