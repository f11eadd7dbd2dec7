// For mongosh: copies a chat from one MongoDB to another, FROM and TO being URIs that name the
// databases. Indexes come first: that revs are unique is what the log rests on. It can be run
// again: what has come already is written over with itself. Nobody may write meanwhile.
const most = 1000;
const from = connect(process.env.FROM);
const to = connect(process.env.TO);

const there = to.getCollectionNames();
for (const { name, options } of from.getCollectionInfos({ type: "collection" })) {
  if (name.startsWith("system.")) continue;
  if (!there.includes(name)) to.createCollection(name, options);
  const indexes = from.getCollection(name).getIndexes().filter((index) => index.name !== "_id_");
  if (indexes.length > 0) {
    const made = to.runCommand({ createIndexes: name, indexes });
    if (!made.ok) throw new Error(`the indexes of ${name}: ${made.errmsg}`);
  }
  const cursor = from.getCollection(name).find();
  while (cursor.hasNext()) {
    const batch = [];
    while (batch.length < most && cursor.hasNext()) {
      const document = cursor.next();
      batch.push({ replaceOne: { filter: { _id: document._id }, replacement: document, upsert: true } });
    }
    to.getCollection(name).bulkWrite(batch, { ordered: false, writeConcern: { w: "majority", j: true } });
  }
  const had = from.getCollection(name).countDocuments({});
  const has = to.getCollection(name).countDocuments({});
  print(`${name}: ${has} of ${had}, and ${indexes.length} indexes`);
  if (has !== had) throw new Error(`${name} is not complete: was there something in ${to.getName()} before?`);
}
