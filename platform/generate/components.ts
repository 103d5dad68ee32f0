/** components.json: the parts, for who does not read TypeScript. */

import { defaultOf } from '../parts/part.ts'
import { PARTS, partOf } from '../parts/parts.ts'

export function componentsFile(): string {
  const components = PARTS.map((name) => {
    const { title, role, entry, compose, aws, ports, memory_mb, environment } = partOf(name)
    return {
      name,
      title,
      role,
      process: entry,
      compose: compose.service,
      aws,
      ports: Object.fromEntries(
        Object.entries(ports).map(([port, variable]) => [
          port,
          Number(defaultOf(environment.properties[variable])),
        ]),
      ),
      memory_mb,
    }
  })
  return `${JSON.stringify({ components }, null, 2)}\n`
}
