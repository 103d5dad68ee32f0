/** `node create.ts FOLDER`: an empty database in a folder that is not there yet. */
import { DATABASE, openDatabase } from './store.ts'

const folder = process.argv[2]
if (!folder) throw new Error('Give the folder of the new database.')
const db = await openDatabase(folder, 'postgres')
await db.exec(`create database ${DATABASE}`)
await db.close()
