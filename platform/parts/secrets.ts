import { Type } from 'typebox'

// Read by Node, by a shell and by the object store, which quote differently: this alphabet needs no quotes.
const secret = (description?: string) =>
  Type.Optional(
    Type.String({
      pattern: '^[A-Za-z0-9._~-]{8,128}$',
      expected: '8 to 128 letters, digits, dots, hyphens, tildes and underscores',
      ...(description !== undefined && { description }),
    }),
  )

/** Secrets that a person may give to the compose stack. */
export const GivenSecrets = Type.Object({
  S3_ACCESS_KEY: secret(
    'Passwords and keys for Docker, 8 to 128 letters, digits, ".", "_", "~" and "-". Those left out are made at the first start; `docker compose run --rm secrets show` prints them. (`npm start` makes its own and prints them.)',
  ),
  S3_SECRET_KEY: secret(),
  CLICKHOUSE_PASSWORD: secret(),
  WAREHOUSE_ANALYST_PASSWORD: secret(),
  OPERATIONAL_PASSWORD: secret(
    'Of the operational store, and of the catalogue of the curated tables beside it. PostgreSQL keeps the first ones that it was given; docs/compose.md says how to change them.',
  ),
  ICEBERG_JDBC_PASSWORD: secret(),
  TWIN_TOKEN: secret('Who has it may direct the twin.'),
  ERP_SECRET: secret(
    'Signs orders to an ERP, and what the ERP says of them: both have it (docs/planning/sending.md).',
  ),
})

/** One-shot of compose alone: makes the passwords at the first start. */
export const secrets = {
  entry: 'infra/compose/secrets.ts',
  environment: Type.Object({
    ...GivenSecrets.properties,
    SECRETS_DIR: Type.String({
      default: '/run/shelfcast',
      wiring: true,
      description: 'Folder of the volumes that hold the secrets, inside the containers.',
    }),
  }),
  compose: { service: 'secrets', environment: {} },
} as const
