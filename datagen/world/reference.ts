/** What the platform is told of a world: its stores, products and suppliers, and nothing of demand. */
import type { Reference } from '../source.ts'
import type { World } from './world.ts'

/** Folder of the twin's reference data in the lake, and what tables name as its source. */
export const TWIN_SOURCE = 'twin'

/** @param level prices and costs relative to those of the world's reference date */
export function toReference(world: World, level = 1): Required<Reference> {
  const departments = new Map(world.categories.map(({ category, department }) => [category, department]))
  const zones = new Map(world.weather_zones.map((zone) => [zone.zone_id, zone]))
  return {
    stores: world.stores.map((store) => ({
      store_id: store.store_id,
      name: store.name,
      profile: store.profile,
      region: store.region,
      time_zone: store.time_zone,
      currency: world.currency,
      country: store.country,
      weather_zone: store.weather_zone,
      latitude: zones.get(store.weather_zone)!.latitude,
      longitude: zones.get(store.weather_zone)!.longitude,
      opens_at: store.hours[0]!,
      closes_at: store.hours[1]!,
      size: store.size,
    })),
    products: world.products.map((product) => ({
      sku: product.sku,
      name: product.name,
      department: departments.get(product.category)!,
      category: product.category,
      brand: product.brand,
      unit: product.unit,
      kind: 'merchandise',
      pack_size: product.pack_size,
      cost: Math.round(product.cost * level),
      price: Math.round(product.price * level),
      shelf_life_days: product.shelf_life_days,
      storage_volume_ml: product.storage_volume_ml,
      supplier_id: product.supplier_id,
      pack_multiple: product.pack_multiple,
    })),
    suppliers: world.suppliers.map((supplier) => ({
      supplier_id: supplier.supplier_id,
      name: supplier.name,
      lead_time_days_mean: supplier.lead_time_days.usual,
      lead_time_days_sd: supplier.lead_time_days.spread,
      order_weekdays: supplier.order_weekdays,
      minimum_order: supplier.minimum_order,
      reliability: supplier.reliability,
    })),
  }
}
