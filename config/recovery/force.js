// For mongosh on one member of a replica set that has lost its majority for good: makes this
// member the whole set, by force. What only the lost members had is gone. PASSWORD is that of
// the user operator.
const admin = db.getSiblingDB("admin");
admin.auth("operator", process.env.PASSWORD);
const config = admin.runCommand({ replSetGetConfig: 1 }).config;
const own = db.hello().me;
config.members = config.members.filter((member) => member.host === own);
if (config.members.length !== 1) throw new Error(`${own} is no member of its own configuration`);
config.members[0].votes = 1;
config.members[0].priority = 1;
config.version += 1;
printjson(admin.runCommand({ replSetReconfig: config, force: true }));
