/**
 * The certificate by which the parts of the object store know each other. Master, volume server and filer answer over
 * HTTP whoever reaches them, and a GET there may delete a bucket; with it they end the handshake of everybody else, and
 * no page of a browser has one to show.
 */

import { generateKeyPairSync } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { DAY_MS } from '@shelfcast/contracts/dates'
import forge from 'node-forge'

/** It is made at each start of the stack, so this is how long one may run. */
const VALID_DAYS = 3_650
/** Sections of SeaweedFS's security.toml: who listens, for HTTP and for gRPC, and who asks. */
const SECTIONS = [
  'https.client',
  'https.master',
  'https.volume',
  'https.filer',
  'grpc.client',
  'grpc.master',
  'grpc.volume',
  'grpc.filer',
  'grpc.s3',
  'grpc.admin',
  'grpc.worker',
]

/** Makes key and certificate, which signs itself, so that nothing but it is trusted. */
export function writeLakeCertificate(path: string, now: number): void {
  writeFileSync(path, createPem(now), { mode: 0o600 })
}

/** Variables by which a program of SeaweedFS shows the certificate, and asks for it. */
export function lakeCertificateVariables(path: string): Record<string, string> {
  const names = SECTIONS.map((section) => `WEED_${section.toUpperCase().replace('.', '_')}`)
  return {
    WEED_HTTPS_CLIENT_ENABLED: 'true',
    WEED_GRPC_CA: path,
    ...Object.fromEntries(
      names.flatMap((name) => [
        [`${name}_CERT`, path],
        [`${name}_KEY`, path],
        [`${name}_CA`, path],
      ]),
    ),
  }
}

function createPem(now: number): string {
  const keys = generateKeyPairSync('rsa', {
    modulusLength: 2_048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  })
  const certificate = forge.pki.createCertificate()
  certificate.publicKey = forge.pki.publicKeyFromPem(keys.publicKey)
  certificate.serialNumber = '01'
  // A clock that is set back a little does not make it invalid.
  certificate.validity.notBefore = new Date(now - DAY_MS)
  certificate.validity.notAfter = new Date(now + VALID_DAYS * DAY_MS)
  const name = [{ name: 'commonName', value: 'Shelfcast object store' }]
  certificate.setSubject(name)
  certificate.setIssuer(name)
  certificate.setExtensions([
    { name: 'basicConstraints', cA: true, critical: true },
    { name: 'extKeyUsage', serverAuth: true, clientAuth: true },
    { name: 'subjectAltName', altNames: [{ type: 7, ip: '127.0.0.1' }] },
  ])
  certificate.sign(forge.pki.privateKeyFromPem(keys.privateKey), forge.md.sha256.create())
  return `${keys.privateKey}${forge.pki.certificateToPem(certificate)}`
}
