import { mkdirSync, writeFileSync } from 'node:fs'
import { machineEnvironment } from '../machine/environment.ts'
import { lakeCertificateVariables, writeLakeCertificate } from '../state/lake-certificate.ts'
import { layout } from '../state/layout.ts'
import { accessTo } from '../state/stack.ts'
import { lakeAnswers } from '../supervisor/probes.ts'
import { filled, type Plan, type PlanInput, QUESTION_MS, SILENCE_MS } from './plan.ts'

export function lakePlan({ dataDir, ports, secrets, settings, tools }: PlanInput): Plan {
  const folder = layout(dataDir).lake
  mkdirSync(folder, { recursive: true })
  const values = {
    MASTER_PORT: String(ports.lake.master),
    VOLUME_PORT: String(ports.lake.volume),
    FILER_PORT: String(ports.lake.filer),
    S3_PORT: String(ports.lake.s3),
    CONSOLE_PORT: String(ports.lake.console),
    ICEBERG_PORT: String(ports.lake.iceberg),
    CURATED_BUCKET: accessTo(ports, secrets).lake.S3_BUCKET_CURATED!,
    CONSOLE_PASSWORD: secrets.console_password,
    CONSOLE_PATH: secrets.console_path,
  }
  // In a file that only the owner reads: a command line is seen by everybody on the machine.
  const options = layout(dataDir).lakeOptions
  writeFileSync(options, filled('seaweedfs/mini.options', values), { mode: 0o600 })
  const certificate = layout(dataDir).lakeCertificate
  writeLakeCertificate(certificate, Date.now())
  return {
    command: tools.weed,
    args: ['-logtostderr=true', 'mini', `-dir=${folder}`, `-options=${options}`],
    environment: {
      ...machineEnvironment(settings),
      // It holds some 250 MB of buffers, of its index and its metadata log, and would let the heap double before it is
      // swept.
      GOGC: '40',
      AWS_ACCESS_KEY_ID: secrets.s3_access_key,
      AWS_SECRET_ACCESS_KEY: secrets.s3_secret_key,
      ...lakeCertificateVariables(certificate),
      // Without these keys the volume and filer ports let anyone read and write who has the certificate.
      WEED_JWT_SIGNING_KEY: secrets.jwt_volume_write,
      WEED_JWT_SIGNING_READ_KEY: secrets.jwt_volume_read,
      WEED_JWT_FILER_SIGNING_KEY: secrets.jwt_filer_write,
      WEED_JWT_FILER_SIGNING_READ_KEY: secrets.jwt_filer_read,
    },
    format: 'glog',
    isReady: () => lakeAnswers(accessTo(ports, secrets).lake),
    liveness: {
      answers: () => lakeAnswers(accessTo(ports, secrets).lake, QUESTION_MS),
      silenceMs: SILENCE_MS,
    },
  }
}
