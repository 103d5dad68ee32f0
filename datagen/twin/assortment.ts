/** What the twin's stores sell: 150 SKUs of a grocer, the same for every seed. */
import type { Product } from '@shelfcast/contracts/reference'

export interface Article extends Product {
  /** Minor units: per piece, or per kilogram for goods by weight. */
  price: number
  /** How often it is bought, relative to others. */
  popularity: number
  /** Days from delivery to the last day of sale. */
  shelfLife: number
}

/**
 * Department > category (shelf life in days): name, price in cents, popularity. `/kg` marks goods by weight, `@`
 * the brand; the retailer's own brand is Larder.
 */
const LIST = `
Produce > Fruit (6)
Bananas /kg 159 98 | Gala Apples /kg 279 62 | Pears Conference /kg 289 30 | Seedless Grapes /kg 549 44
Oranges Navel /kg 229 38 | Lemons 45 40 | Strawberries 400 g 349 58 | Blueberries 200 g 299 46 | Avocado 99 61 | Kiwi 6 pack 199 25
Produce > Vegetables (7)
Rooster Potatoes 2 kg 249 66 | Carrots /kg 119 64 | Brown Onions /kg 109 60 | Broccoli 99 57 | Vine Tomatoes /kg 359 52
Red Peppers /kg 429 41 | Cucumber 89 58 | Iceberg Lettuce 109 45 | Mushrooms 250 g 129 49 | Baby Spinach 200 g 199 36
Garlic 3 pack 119 34 | Courgettes /kg 299 24 | Spring Onions 79 28 | Ginger /kg 499 14
Dairy > Milk and cream (9)
Whole Milk 2 L 219 100 | Low Fat Milk 2 L 219 72 | Whole Milk 1 L 125 54 | Oat Drink 1 L @Alder 229 40 | Double Cream 250 ml 169 26 | Soya Drink 1 L @Alder 199 14
Dairy > Cheese and butter (35)
Irish Butter 454 g @Glenmore 389 68 | Spreadable Butter 400 g @Glenmore 419 38 | Mature Red Cheddar 400 g 449 50 | White Cheddar Slices 200 g 279 36
Mozzarella 125 g @Serafini 129 38 | Parmesan 150 g @Serafini 449 20 | Feta 200 g 249 27 | Cream Cheese 180 g 199 29
Dairy > Yogurt and eggs (18)
Free Range Eggs 12 pack 369 70 | Free Range Eggs 6 pack 205 50 | Natural Yogurt 500 g 149 47 | Greek Style Yogurt 1 kg 319 34 | Strawberry Yogurt 4 pack 229 38 | Kids Pouch 4 pack @Bobbin 279 20
Bakery > Bread (4)
Sliced White Pan 800 g @Malone 199 84 | Wholemeal Pan 800 g @Malone 215 62 | Sourdough Loaf 369 30 | Soda Bread 249 36 | Wraps 8 pack 189 42 | Bagels 5 pack 229 27 | Burger Buns 4 pack 149 24
Bakery > Pastries (3)
Butter Croissant 110 52 | Cinnamon Swirl 145 28 | Scones 4 pack 219 24 | Doughnuts 5 pack 199 30 | Apple Tart 449 13
Meat and fish > Fresh meat (5)
Chicken Fillets 500 g 599 66 | Whole Chicken 1.6 kg 649 32 | Beef Mince 500 g 499 58 | Striploin Steak /kg 2499 18 | Pork Sausages 454 g @Malone 329 46 | Back Rashers 300 g @Malone 379 47 | Lamb Chops /kg 1899 9 | Turkey Mince 500 g 529 16
Meat and fish > Fish (3)
Salmon Darnes 2 pack 699 30 | Smoked Salmon 100 g 449 20 | Cod Fillets 300 g 749 17 | Fish Pie Mix 320 g 599 9
Deli > Counter (3)
Cooked Ham /kg 1499 38 | Hummus 200 g 189 41 | Olives Marinated 150 g 279 18 | Potato Salad 250 g 199 17 | Coleslaw 250 g 169 23
Deli > Lunch (2)
Chicken Sandwich 395 58 | Ham and Cheese Roll 375 47 | Falafel Wrap 425 30 | Tomato Soup 400 g 349 26 | Chicken Noodle Salad 495 21 | Sushi Selection 650 17
Frozen > Meals and vegetables (240)
Garden Peas 900 g 199 36 | Oven Chips 1.5 kg @Farrow 299 43 | Margherita Pizza @Serafini 349 40 | Fish Fingers 10 pack @Farrow 379 33 | Mixed Berries 400 g 349 21 | Chicken Nuggets 450 g 379 24
Frozen > Ice cream (365)
Vanilla Ice Cream 1 L 329 24 | Choc Ices 6 pack 299 19 | Salted Caramel Tub 500 ml @Bobbin 549 18
Grocery > Breakfast (270)
Porridge Oats 1 kg 219 46 | Corn Flakes 500 g 249 32 | Wheat Biscuits 24 pack 299 36 | Granola 500 g @Alder 449 22 | Raspberry Jam 370 g 239 22 | Peanut Butter 340 g @Bobbin 299 25 | Honey 340 g 349 19
Grocery > Pasta, rice and pulses (540)
Spaghetti 500 g @Serafini 149 46 | Fusilli 500 g @Serafini 149 40 | Basmati Rice 1 kg 299 36 | Red Lentils 500 g 179 17 | Chickpeas 400 g 75 32 | Egg Noodles 300 g 169 21
Grocery > Tins and sauces (720)
Chopped Tomatoes 400 g 79 56 | Baked Beans 415 g @Farrow 99 54 | Tuna Chunks 3 pack 399 33 | Sweetcorn 3 pack 259 23 | Tomato Ketchup 460 g @Farrow 319 27 | Mayonnaise 500 ml @Farrow 329 24 | Basil Pesto 190 g @Serafini 249 28 | Curry Sauce 500 g 249 20 | Coconut Milk 400 ml 169 18
Grocery > Baking and oils (450)
Plain Flour 2 kg 199 21 | Caster Sugar 1 kg 189 19 | Olive Oil 750 ml @Serafini 899 23 | Sunflower Oil 1 L 299 20 | Sea Salt 500 g 119 11 | Vegetable Stock Cubes 12 pack 149 17
Grocery > Snacks and sweets (180)
Cheese and Onion Crisps 6 pack @Tullys 249 50 | Salted Tortilla Chips 200 g 179 29 | Milk Chocolate Bar 100 g @Bobbin 199 52 | Dark Chocolate 100 g 229 24 | Digestive Biscuits 400 g 149 40 | Jelly Sweets 180 g @Bobbin 169 27 | Mixed Nuts 200 g 329 20 | Cereal Bars 6 pack 279 23 | Rice Cakes 130 g 149 14
Drinks > Tea and coffee (540)
Breakfast Tea 80 bags @Tullys 379 45 | Ground Coffee 227 g 429 33 | Instant Coffee 100 g 449 26 | Green Tea 20 bags 199 12 | Hot Chocolate 300 g @Bobbin 349 13
Drinks > Soft drinks (300)
Still Water 1.5 L 85 48 | Sparkling Water 1.5 L 89 31 | Cola 2 L 249 43 | Cola Can 330 ml 130 47 | Orange Juice 1 L 249 44 | Energy Drink 250 ml 169 26 | Lemonade 2 L 199 20
Household > Cleaning (900)
Washing Up Liquid 500 ml @Brisk 179 22 | Laundry Capsules 20 pack @Brisk 699 18 | Multi Surface Spray 750 ml @Brisk 249 15 | Bin Liners 20 pack 249 17 | Dishwasher Tablets 30 pack @Brisk 749 13
Household > Paper (1200)
Toilet Tissue 9 pack 499 33 | Kitchen Roll 2 pack 229 28 | Tissues Box 149 19
Health and beauty > Toiletries (800)
Toothpaste 100 ml @Brisk 249 19 | Shower Gel 250 ml 199 17 | Shampoo 400 ml @Brisk 349 14 | Hand Soap 250 ml @Brisk 129 16 | Plasters 40 pack 229 8
`

const OWN_BRAND = 'Larder'

export const ARTICLES: readonly Article[] = readList(LIST)

function readList(list: string): Article[] {
  const articles: Article[] = []
  let shelf = { department: '', category: '', shelfLife: 0 }
  for (const line of list.split('\n').filter(Boolean)) {
    const heading = /^(.+) > (.+) \((\d+)\)$/.exec(line)
    if (heading) {
      shelf = { department: heading[1]!, category: heading[2]!, shelfLife: Number(heading[3]) }
      continue
    }
    for (const entry of line.split(' | ')) {
      const [, text = '', weighed, brand, price, popularity] =
        /^(.+?)( \/kg)?(?: @(\w+))? (\d+) (\d+)$/.exec(entry) ?? []
      articles.push({
        sku: `P-${1001 + articles.length}`,
        name: weighed ? `${text}, loose` : text,
        ...shelf,
        brand: brand ?? OWN_BRAND,
        unit: weighed ? 'g' : 'each',
        kind: 'merchandise',
        price: Number(price),
        popularity: Number(popularity),
      })
    }
  }
  return articles
}
