/** What tills call their columns, in the languages of most files. */

export type Meaning =
  | 'receipt'
  | 'till'
  | 'sku'
  | 'name'
  | 'category'
  | 'quantity'
  | 'unit_price'
  | 'line_total'
  | 'price'
  | 'date_time'
  | 'date'
  | 'time'
  | 'store'
  | 'currency'
  | 'customer'
  | 'type'

/**
 * Words are compared without accents, signs, articles and case: `Prix unitaire`, `prix_unitaire` and `PrixUnitaire` are
 * one. The first of a list is the surest; English, German, French, Spanish, Italian, Portuguese, Dutch.
 */
const WORDS: Record<Meaning, string> = {
  receipt:
    'receipt_no receipt_number receipt_id receipt transaction_id transaction_no transaction basket_id basket invoice_no invoice_number invoiceno invoice ticket_no ticket_id ticket bill_no bill order_id order_number order check_no sale_id ' +
    'belegnummer belegnr beleg_nr beleg bonnummer bonnr bon rechnungsnummer rechnungsnr vorgang kassenbon transaktion transaktionsnummer ' +
    'numero_ticket no_ticket n_ticket numero_de_ticket facture numero_facture numero_de_facture recu numero_recu ' +
    'numero_de_recibo recibo factura numero_factura num_ticket numero_de_ticket operacion ' +
    'scontrino numero_scontrino nr_scontrino fattura documento numero_documento ' +
    'recibo_n cupom numero_cupom nota_fiscal fatura talao ' +
    'kassabon bonnummer bon_nr factuurnummer factuur transactienummer transactie',
  till:
    'till till_id till_no register register_id pos pos_id terminal terminal_id lane checkout ' +
    'kasse kassennummer kassennr kassen_nr caisse numero_caisse no_caisse caja numero_caja cassa numero_cassa caixa numero_caixa kassa kassanummer',
  sku:
    'sku article_no article_number article_id article item_no item_id item_code item product_id product_code stock_code stockcode barcode ean ean13 gtin upc plu code ' +
    'artikelnummer artikelnr artikel_nr artikel strichcode warennummer ' +
    'code_article reference ref code_barres code_produit gencod ' +
    'codigo codigo_articulo articulo referencia codigo_de_barras codigo_producto ' +
    'codice codice_articolo articolo codice_a_barre codice_prodotto ' +
    'codigo_produto codigo_artigo artigo codigo_de_barra ' +
    'artikelcode streepjescode productcode',
  name:
    'product_name item_name article_name description product title name designation ' +
    'bezeichnung artikelbezeichnung artikelname produkt beschreibung artikeltext ware ' +
    'libelle libelle_article produit nom nom_produit nom_article intitule ' +
    'descripcion producto nombre nombre_producto denominacion ' +
    'descrizione prodotto nome nome_prodotto ' +
    'descricao produto nome_produto designacao ' +
    'omschrijving artikelomschrijving productnaam naam',
  category:
    'category department product_group section group family ' +
    'warengruppe kategorie abteilung sortiment categorie rayon famille categoria familia seccion departamento reparto gruppo secao productgroep afdeling artikelgroep',
  quantity:
    'quantity qty pieces units count amount_sold units_sold number_sold ' +
    'menge anzahl stueck stuck stueckzahl stuckzahl quantite qte nombre nb cantidad cant unidades uds quantita qta pezzi quantidade qtd qtde aantal hoeveelheid stuks',
  unit_price:
    'unit_price price_per_unit item_price price_each unitprice selling_price list_price ' +
    'einzelpreis stueckpreis stuckpreis ep prix_unitaire pu prix_u precio_unitario p_unitario precio_unidad prezzo_unitario preco_unitario valor_unitario stuksprijs eenheidsprijs prijs_per_stuk',
  line_total:
    'line_total total_price total_amount line_amount amount total sales_value net_amount gross_amount gross net_sales revenue sales turnover value ' +
    'betrag gesamt gesamtpreis gesamtbetrag summe umsatz zeilensumme positionssumme brutto ' +
    'montant montant_ttc total_ttc prix_total total_ligne montant_total chiffre_d_affaires ca ' +
    'importe importe_total total_linea precio_total ' +
    'importo totale prezzo_totale totale_riga ' +
    'valor valor_total preco_total total_linha montante ' +
    'bedrag totaal totaalbedrag regeltotaal omzet',
  price: 'price preis prix precio prezzo preco prijs vk vkpreis verkaufspreis prix_vente prix_ttc',
  date_time:
    'timestamp date_time datetime sold_at time_stamp created_at transaction_time transaction_timestamp transaction_date invoice_date invoicedate sale_date sold_on sale_time ' +
    'zeitstempel datum_uhrzeit belegdatum verkaufsdatum buchungsdatum zeitpunkt horodatage date_heure date_vente date_et_heure date_ticket ' +
    'fecha_hora fecha_y_hora fecha_venta fecha_de_venta data_ora data_e_ora data_vendita data_hora data_e_hora data_venda datum_tijd tijdstip verkoopdatum',
  date: 'date day datum tag jour fecha dia data giorno dag business_date',
  time: 'time hour uhrzeit zeit heure hora ora orario tijd',
  store:
    'store store_id store_no store_name branch branch_id shop shop_id outlet location site ' +
    'filiale filialnummer filialnr filial_nr markt laden standort magasin boutique point_de_vente etablissement tienda sucursal local negozio punto_vendita loja filial winkel vestiging filiaal country',
  currency: 'currency currency_code waehrung wahrung devise monnaie moneda divisa valuta moeda munt',
  customer:
    'customer_id customer customer_no customer_number card_no loyalty_card loyalty_id member_id household_id card ' +
    'kunde kundennummer kundennr kunden_nr kundenkarte client numero_client carte_fidelite carte cliente numero_cliente codigo_cliente tarjeta carta_fedelta tessera cartao klant klantnummer klantenkaart',
  type: 'type kind transaction_type sale_type line_type record_type art typ vorgangsart belegart type_ligne type_vente tipo tipo_operacion tipo_operazione tipo_movimento soort return is_return retoure',
}

/** Words that join others. */
const PARTICLES = new Set(
  'of the de du des d la le l do da dos das del di della dell el y e et en und der des van'.split(' '),
)

const meanings = new Map<string, { meaning: Meaning; rank: number }>()
for (const [meaning, words] of Object.entries(WORDS) as [Meaning, string][]) {
  for (const [rank, word] of words.split(' ').entries()) {
    const key = plain(word)
    if (!meanings.has(key)) meanings.set(key, { meaning, rank })
  }
}

/** What a column of this name is, as far as it is among the usual ones. */
export function meaningOf(column: string): Meaning | undefined {
  return meanings.get(plain(column))?.meaning
}

/** The lower, the surer. */
export function rankOf(column: string): number {
  return meanings.get(plain(column))?.rank ?? Number.POSITIVE_INFINITY
}

function plain(text: string): string {
  const words = text
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll('\u00df', 'ss')
    .replace(/\p{M}/gu, '')
    .split(/[^\p{L}\p{N}]+/u)
  return words.filter((word) => words.length === 1 || !PARTICLES.has(word)).join('')
}
