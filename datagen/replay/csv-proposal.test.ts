import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openCsv } from './csv.ts'
import { dryRun } from './csv-dry-run.ts'
import { proposeMapping, writeProposal } from './csv-proposal.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'shelfcast-proposal-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

function write(name: string, content: string | Buffer): string {
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}

/** Proposes a mapping, and dry-runs the file with it. */
async function roundTrip(name: string, content: string | Buffer) {
  const path = write(name, content)
  const { yaml, open } = await proposeMapping(path, 'Europe/Paris')
  const { summary } = await dryRun(openCsv(path, write('map.yaml', yaml)))
  const lines = summary.first.map(
    ({ row: { basket, line, scanned_at } }) =>
      `${basket.basket_id} ${line.sku} ${line.quantity} ${line.unit_price} ${new Date(scanned_at).toISOString().slice(0, 16)} ${basket.store_id}`,
  )
  return { yaml, open, lines, refused: summary.refused }
}

const LANGUAGES: [string, string | Buffer, string[]][] = [
  [
    'English',
    'Receipt No,Till,Item Code,Description,Qty,Line Total,Date Time,Branch\n17,1,A1,Baguette,2,£2.40,2026-07-01 09:15:00,north\n',
    ['20260701-17-1 ENGL-A1 2 120 2026-07-01T07:15 ENGL-north'],
  ],
  [
    'Deutsch',
    Buffer.from(
      'Filiale;Bon-Nr.;Artikelnummer;Bezeichnung;Menge;Gesamtpreis;Datum;Uhrzeit\nNord;17;A1;Br\u00f6tchen;2;2,40;01.07.2026;09:15\nNord;18;A1;Br\u00f6tchen;-1;-1,20;13.07.2026;09:16\n',
      'latin1',
    ),
    [
      '20260701-17 DEUT-A1 2 120 2026-07-01T07:15 DEUT-Nord',
      '20260713-18-R DEUT-A1 1 120 2026-07-13T07:16 DEUT-Nord',
    ],
  ],
  [
    'français',
    'Ventes de juillet\n\nN° ticket;Réf.;Libellé;Quantité;Prix unitaire;Date vente;Magasin\n17;A1;Crème;2;1 234,50 €;31/07/2026 09:15;nord\n',
    ['20260731-17 FRAN-A1 2 123450 2026-07-31T07:15 FRAN-nord'],
  ],
  [
    'español',
    'Número de ticket\tCódigo artículo\tDescripción\tUnidades\tImporte\tFecha y hora\tTienda\n17\tA1\tPiña\t2\t1.234,50\t31/07/2026 09:15:00\tnorte\n',
    ['20260731-17 ESPA-A1 2 61725 2026-07-31T07:15 ESPA-norte'],
  ],
  [
    'italiano',
    'Scontrino;Codice articolo;Descrizione;Quantità;Importo;Data;Ora;Negozio\n17;A1;Caffè;2;2,40;31/07/26;9:15;nord\n',
    ['20260731-17 ITAL-A1 2 120 2026-07-31T07:15 ITAL-nord'],
  ],
  [
    'português',
    'Cupom;Código do produto;Descrição;Qtd.;Preço unitário;Data/Hora;Loja\n17;A1;Pão;2;1,20;2026-07-31T09:15:00-03:00;norte\n',
    ['20260731-17 PORT-A1 2 120 2026-07-31T12:15 PORT-norte'],
  ],
  [
    'Nederlands',
    'Bonnummer;Artikelcode;Omschrijving;Aantal;Bedrag;Datum;Tijd;Filiaal\n17;A1;Kaas;2;2,40;31-07-2026;09:15;noord\n',
    ['20260731-17 NEDE-A1 2 120 2026-07-31T07:15 NEDE-noord'],
  ],
]

test.each(LANGUAGES)('%s: what is proposed is accepted, and right', async (name, content, lines) => {
  const proposal = await roundTrip(`${name}.csv`, content)
  expect(proposal.refused).toEqual([])
  expect(proposal.lines).toEqual(lines)
})

test('what it is unsure of stands beside it', async () => {
  const { yaml, open } = await roundTrip(
    'x.csv',
    'transaction,sku,price,timestamp,note\n1,A1,1.234,02/03/2026 09:15,\n',
  )
  expect(yaml).toContain(
    'format: "dd/MM/yyyy HH:mm"   # unsure: all of the first times also read as MM/dd/yyyy HH:mm',
  )
  expect(yaml).toContain('quantity: { value: 1 }   # unsure: no column of quantities')
  expect(yaml).toContain('of: unit   # unsure')
  expect(yaml).toContain('numbers: { decimal: "." }   # unsure: numbers like 1.234')
  expect(yaml).toContain('currency: { value: EUR }   # unsure')
  expect(open).toHaveLength(7)
})

test('what it does not recognise is left for a person, and refused by line until then', async () => {
  const path = write('x.csv', '17,A1,2,2.40\n18,A1,1,1.20\n')
  await expect(proposeMapping(path, 'UTC')).rejects.toThrow('no line of its first names the columns')
  const some = write('y.csv', 'foo,sku,amount\nx,y,1.00\n')
  const { yaml, open } = await proposeMapping(some, 'UTC')
  expect(open).toEqual(expect.arrayContaining(['no column of receipt numbers', 'no column of times']))
  expect(() => openCsv(some, write('map.yaml', yaml))).toThrow(/map\.yaml line \d+: basket /)
})

test('names of columns are text to YAML, whatever they hold', async () => {
  const { lines } = await roundTrip(
    'evil.csv',
    '"receipt","sku","qty","amount","date time","store: [","#no","yes","a\nb: &c"\n17,A1,2,2.40,2026-07-01 09:15,x,,,\n',
  )
  expect(lines).toEqual(['20260701-17 EVIL-A1 2 120 2026-07-01T07:15 EVIL-x'])
})

test('a file that is there is not written over', () => {
  const path = write('map.yaml', 'mine')
  expect(() => writeProposal(path, 'theirs')).toThrow('map.yaml is there already')
  expect(readFileSync(path, 'utf8')).toBe('mine')
  writeProposal(join(folder, 'new.yaml'), 'ours')
  expect(existsSync(join(folder, 'new.yaml'))).toBe(true)
})
