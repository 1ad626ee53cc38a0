/** What the sample shop is made of: a fictitious household-goods shop, Harbour Lane. Streets, people and goods are invented. */
export const CATEGORIES = [
  {
    prefix: "KIT",
    variants: ["Oak", "Slate", "Cream", "Sage", "Copper"],
    goods: [
      ["Chopping Board", 7.4, 900],
      ["Salad Bowl", 9.1, 1200],
      ["Pepper Mill", 8.25, 310],
      ["Storage Jar 1 l", 4.6, 640],
      ["Bread Bin", 14.9, 2100],
      ["Measuring Spoons", 3.2, 120],
      ["Serving Tray", 8.8, 980],
      ["Utensil Holder", 5.15, 540],
      ["Spice Rack", 11.35, 1500],
      ["Coffee Dripper", 6.95, 380],
    ],
  },
  {
    prefix: "LIN",
    variants: ["White", "Indigo", "Moss", "Terracotta", "Sand"],
    goods: [
      ["Tea Towel, Set of 3", 4.3, 240],
      ["Bath Towel", 7.9, 520],
      ["Hand Towel", 3.6, 210],
      ["Table Runner", 6.2, 260],
      ["Cushion Cover 45 cm", 5.1, 180],
      ["Throw 130 x 170 cm", 18.5, 1100],
      ["Oven Glove", 3.95, 190],
      ["Apron", 7.2, 300],
      ["Napkins, Set of 4", 5.8, 220],
      ["Laundry Bag", 6.4, 350],
    ],
  },
  {
    prefix: "GAR",
    variants: ["Small", "Medium", "Large", "Zinc", "Terracotta"],
    goods: [
      ["Planter", 6.7, 1900],
      ["Watering Can", 8.3, 800],
      ["Bird Feeder", 5.9, 450],
      ["Seed Tray", 2.1, 260],
      ["Hanging Basket", 4.75, 600],
      ["Garden Twine Tin", 3.3, 350],
      ["Lantern", 9.6, 1150],
      ["Trowel", 4.2, 330],
      ["Boot Brush", 7.85, 1400],
      ["Plant Labels, Set of 20", 2.45, 90],
    ],
  },
  {
    prefix: "DSK",
    variants: ["Black", "Walnut", "Grey", "Red", "Forest"],
    goods: [
      ["Notebook A5", 2.6, 280],
      ["Pen Pot", 3.4, 310],
      ["Desk Lamp", 16.8, 1650],
      ["Letter Tray", 6.1, 720],
      ["Weekly Planner", 4.05, 420],
      ["Pencil Case", 3.9, 110],
      ["Book Ends, Pair", 8.95, 1300],
      ["Cable Box", 7.3, 650],
      ["Wall Clock", 12.4, 900],
      ["Document Folder", 2.95, 230],
    ],
  },
  {
    prefix: "OUT",
    variants: ["Navy", "Olive", "Sunset", "Stone", "Pine"],
    goods: [
      ["Enamel Mug", 3.1, 190],
      ["Picnic Blanket", 13.7, 1250],
      ["Water Bottle 750 ml", 6.6, 320],
      ["Lunch Box", 5.45, 410],
      ["Head Torch", 8.1, 140],
      ["Dry Bag 10 l", 7.75, 260],
      ["Folding Stool", 15.2, 1800],
      ["Camping Plate", 2.85, 210],
      ["Thermos 1 l", 12.1, 780],
      ["Hammock", 19.4, 950],
    ],
  },
  {
    prefix: "TOY",
    variants: ["Fox", "Whale", "Owl", "Bear", "Hare"],
    goods: [
      ["Night Light", 8.7, 230],
      ["Wooden Puzzle", 5.6, 480],
      ["Soft Toy", 6.9, 250],
      ["Money Box", 4.4, 520],
      ["Stacking Blocks", 7.1, 900],
      ["Backpack, Small", 11.8, 430],
      ["Bath Book", 3.75, 120],
      ["Rain Poncho", 9.3, 280],
      ["Memory Game", 4.95, 390],
      ["Growth Chart", 5.25, 310],
    ],
  },
] as const;

export const WAREHOUSES = [
  ["RTM", "Rotterdam", "EU", "Havenlaan 12", "Rotterdam", "", "3089 JK", "NL", 51.888, 4.432, "Europe/Amsterdam"],
  ["LEJ", "Leipzig", "EU", "Speicherstraße 4", "Leipzig", "SN", "04356", "DE", 51.402, 12.405, "Europe/Berlin"],
  ["LYS", "Lyon", "EU", "18 rue des Entrepôts", "Lyon", "", "69007", "FR", 45.731, 4.84, "Europe/Paris"],
  ["MIL", "Milan", "EU", "Via dei Magazzini 9", "Milano", "", "20138", "IT", 45.44, 9.246, "Europe/Rome"],
] as const;

export const CHANNELS = [
  ["web", "Web shop", "EU"],
  ["app", "Mobile app", "EU"],
  ["market", "Marketplace", "EU"],
] as const;

/** Where customers live: city, postal code, country, coordinates, and how many of them there are. */
export const CITIES = [
  ["Amsterdam", "1012", "NL", 52.37, 4.9, 9],
  ["Utrecht", "3511", "NL", 52.09, 5.12, 5],
  ["Rotterdam", "3011", "NL", 51.92, 4.48, 6],
  ["Berlin", "10115", "DE", 52.53, 13.38, 10],
  ["Hamburg", "20095", "DE", 53.55, 10, 7],
  ["München", "80331", "DE", 48.14, 11.57, 7],
  ["Köln", "50667", "DE", 50.94, 6.96, 5],
  ["Dresden", "01067", "DE", 51.06, 13.73, 3],
  ["Paris", "75004", "FR", 48.86, 2.36, 10],
  ["Marseille", "13001", "FR", 43.3, 5.38, 4],
  ["Lyon", "69002", "FR", 45.75, 4.83, 4],
  ["Nantes", "44000", "FR", 47.22, -1.55, 3],
  ["Milano", "20121", "IT", 45.47, 9.19, 6],
  ["Roma", "00184", "IT", 41.9, 12.5, 5],
  ["Napoli", "80133", "IT", 40.84, 14.25, 3],
  ["Madrid", "28013", "ES", 40.42, -3.7, 5],
  ["Barcelona", "08002", "ES", 41.38, 2.18, 5],
  ["Lisboa", "1100-053", "PT", 38.71, -9.14, 3],
  ["Bruxelles", "1000", "BE", 50.85, 4.35, 5],
  ["Antwerpen", "2000", "BE", 51.22, 4.4, 3],
  ["Wien", "1010", "AT", 48.21, 16.37, 5],
  ["Zürich", "8001", "CH", 47.37, 8.54, 4],
  ["København", "1050", "DK", 55.68, 12.58, 4],
  ["Stockholm", "111 22", "SE", 59.33, 18.06, 4],
  ["Oslo", "0150", "NO", 59.91, 10.74, 2],
  ["Helsinki", "00100", "FI", 60.17, 24.94, 2],
  ["Warszawa", "00-001", "PL", 52.23, 21.01, 5],
  ["Praha", "110 00", "CZ", 50.09, 14.42, 3],
  ["Budapest", "1051", "HU", 47.5, 19.05, 2],
  ["Dublin", "D02", "IE", 53.34, -6.26, 3],
  ["London", "EC1A", "GB", 51.52, -0.1, 6],
  ["Athina", "105 57", "GR", 37.97, 23.73, 2],
] as const;

/** Countries that orders come from without any address: only the code is known. */
export const FAR_COUNTRIES = ["US", "CA", "AU", "JP", "SG", "BR", "ZA", "AE", "IS", "LU", "HR", "RO"] as const;

export const FIRST_NAMES = ["Ada", "Bruno", "Clara", "David", "Elena", "Finn", "Greta", "Hugo", "Ines", "Jonas", "Katya", "Luca"] as const;
export const LAST_NAMES = ["Almeida", "Berger", "Conti", "Dubois", "Eriksen", "Fischer", "Garcia", "Haas", "Ivanov", "Jansen", "Keller", "Laurent", "Moreau", "Novak"] as const;
export const STREETS = ["Harbour Street", "Mill Lane", "Station Road", "Market Square", "Linden Avenue", "Bridge Street", "Garden Row"] as const;
