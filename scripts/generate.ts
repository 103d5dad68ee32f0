/** `npm run generate`: writes the files that come from platform/parts. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { generatedFiles } from '@shelfcast/platform/generate/files'
import { REPOSITORY } from '@shelfcast/platform/state/layout'

for (const [path, text] of Object.entries(generatedFiles())) writeFileSync(join(REPOSITORY, path), text)
