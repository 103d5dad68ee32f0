/** Settings of the machine, and of docker-compose.yml itself. */
import { port } from '@shelfcast/runtime/environment'
import { Type } from 'typebox'

export const RealDataEnvironment = Type.Object({
  SHELFCAST_DATA: Type.String({
    default: '../shared/data',
    description: 'Folder of the real retail data that `npm run datagen -- validate` and some tests read.',
  }),
})

export const ToolsEnvironment = Type.Object({
  SHELFCAST_TOOLS: Type.String({
    default: '.shelfcast/tools',
    description:
      'Folder of the tools that `npm start` installs (Kafka, SeaweedFS, PostgreSQL); relative to where it is run.',
  }),
})

/** In docker-compose.yml alone. */
export const DockerPorts = Type.Object({
  KAFKA_UI_PORT: port(8090, { published: true }),
})
export const DockerMemory = Type.Object({
  TWIN_MEMORY: Type.String({
    default: '248m',
    description:
      'Memory limits with Docker: of the twin (medium needs 320m, large 1024m), and of the one-shot that writes its years (medium 768m, large 2048m).',
  }),
  TWIN_HISTORY_MEMORY: Type.String({ default: '512m' }),
})
export const DockerImages = Type.Object({
  NODE_IMAGE: Type.String({
    default: 'node:24-bookworm-slim',
    description: 'Base images of our own images: a mirror, or hardened ones. With Docker only.',
  }),
  PYTHON_IMAGE: Type.String({ default: 'python:3.11-slim-bookworm' }),
  MAVEN_IMAGE: Type.String({ default: 'maven:3.9-eclipse-temurin-17' }),
})
