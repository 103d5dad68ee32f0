import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { machineEnvironment } from '../machine/environment.ts'
import { run } from '../processes/run.ts'
import { layout, REPOSITORY } from '../state/layout.ts'
import { brokerAnswers } from '../supervisor/probes.ts'
import { filled, type Plan, type PlanInput, QUESTION_MS, SILENCE_MS } from './plan.ts'

export function kafkaPlan(input: PlanInput): Plan {
  const { java, kafkaJars } = input.tools
  const { data, properties } = writeKafkaFiles(input)
  const classPath = ['-cp', join(kafkaJars, '*')]
  return {
    command: java,
    args: [
      // 128 MB also held half a million messages; 256 MB leaves room for several consumers.
      '-Xms256m',
      '-Xmx256m',
      '-XX:+UseG1GC',
      '-XX:+ExitOnOutOfMemoryError',
      '-Djava.awt.headless=true',
      `-Dlog4j2.configurationFile=${join(REPOSITORY, 'infra', 'kafka', 'log4j2.xml')}`,
      ...classPath,
      'kafka.Kafka',
      properties,
    ],
    environment: machineEnvironment(input.settings),
    format: 'log4j',
    async prepare() {
      // Its storage is formatted once for a data folder.
      if (existsSync(join(data, 'meta.properties'))) return
      const format = ['kafka.tools.StorageTool', 'format', '--ignore-formatted']
      await run(java, [...classPath, ...format, '-t', input.secrets.kafka_cluster_id, '-c', properties])
    },
    isReady: () => brokerAnswers(input.ports.kafka.broker!),
    liveness: {
      answers: () => brokerAnswers(input.ports.kafka.broker!, QUESTION_MS),
      silenceMs: SILENCE_MS,
    },
  }
}

function writeKafkaFiles({ dataDir, ports }: PlanInput) {
  const folder = layout(dataDir).kafka
  mkdirSync(folder, { recursive: true })
  const data = join(folder, 'data')
  const properties = join(folder, 'server.properties')
  const values = {
    BROKER_PORT: String(ports.kafka.broker),
    CONTROLLER_PORT: String(ports.kafka.controller),
    DATA: data,
  }
  writeFileSync(properties, filled('kafka/server.properties', values))
  return { data, properties }
}
