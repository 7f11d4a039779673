// Uses node-vault as applications do, and says of each thing whether it went as it should.

const assert = require('node:assert');

const client = require('node-vault')({
    endpoint: process.env.VAULT_ADDR,
    token: process.env.VAULT_TOKEN,
});

const same = assert.deepStrictEqual;

/** Wants a promise to be refused with this status. */
async function refused(status, promise) {
    const why = await promise.then(() => undefined, (error) => error);
    assert.ok(why, 'it was not refused');
    same(why.response && why.response.statusCode, status);
}

/** The client goes on with the token that it was given last, by whatever call. */
function asRoot() {
    client.token = process.env.VAULT_TOKEN;
}

const checks = {
    'kv2/write and read': async () => {
        const made = await client.write('secret/data/app/config', { data: { key: 'one' } });
        same(made.data.version, 1);
        await client.write('secret/data/app/config', { data: { key: 'two' } });
        same((await client.read('secret/data/app/config')).data.data, { key: 'two' });
        same((await client.read('secret/data/app/config?version=1')).data.data, { key: 'one' });
    },
    'kv2/update': async () => {
        const made = await client.update('secret/data/app/config', { data: { more: 'three' } });
        same(made.data.version, 3);
        same((await client.read('secret/data/app/config')).data.data, { key: 'two', more: 'three' });
    },
    'kv2/list': async () => {
        same((await client.list('secret/metadata/app')).data.keys, ['config']);
        await refused(404, client.list('secret/metadata/nothing'));
    },
    'kv2/delete and undelete': async () => {
        assert.ok(!(await client.write('secret/delete/app/config', { versions: [1] })));
        await refused(404, client.read('secret/data/app/config?version=1'));
        assert.ok(!(await client.write('secret/undelete/app/config', { versions: [1] })));
        same((await client.read('secret/data/app/config?version=1')).data.data, { key: 'one' });
        await client.delete('secret/metadata/app/config');
        await refused(404, client.read('secret/data/app/config'));
    },
    'status and health': async () => {
        same((await client.status()).sealed, false);
        same((await client.initialized()).initialized, true);
        same((await client.health()).sealed, false);
        await client.leader();
    },
    mounts: async () => {
        await client.mount({ mount_point: 'one', type: 'kv', options: { version: '1' } });
        assert.ok((await client.mounts())['one/']);
        await client.write('one/a', { x: 'y' });
        same((await client.read('one/a')).data, { x: 'y' });
        await client.remount({ from: 'one', to: 'two' });
        await client.unmount({ mount_point: 'two' });
    },
    policies: async () => {
        await client.addPolicy({ name: 'app', rules: 'path "secret/data/app/*" { capabilities = ["read"] }' });
        assert.ok((await client.policies()).policies.includes('app'));
        assert.match((await client.getPolicy({ name: 'app' })).rules, /capabilities/);
    },
    tokens: async () => {
        const made = await client.tokenCreate({ policies: ['app'], ttl: '1h' });
        const token = made.auth.client_token;
        asRoot();
        same((await client.tokenLookup({ token })).data.policies, ['app', 'default']);
        await client.tokenRenew({ token });
        asRoot();
        await client.tokenRevoke({ token });
        await refused(403, client.tokenLookup({ token }));
    },
    approle: async () => {
        await client.enableAuth({ mount_point: 'approle', type: 'approle' });
        await client.addApproleRole({ role_name: 'app', policies: 'app' });
        const role = (await client.getApproleRoleId({ role_name: 'app' })).data.role_id;
        const secret = (await client.getApproleRoleSecret({ role_name: 'app' })).data.secret_id;
        const login = await client.approleLogin({ role_id: role, secret_id: secret });
        same(login.auth.token_policies, ['app', 'default']);
    },
    userpass: async () => {
        await client.enableAuth({ mount_point: 'userpass', type: 'userpass' });
        await client.write('auth/userpass/users/ann', { password: 'pw', policies: 'app' });
        const login = await client.userpassLogin({ username: 'ann', password: 'pw' });
        same(login.auth.metadata, { username: 'ann' });
    },
    help: async () => {
        assert.ok((await client.help('sys/policy')).help);
    },
};

(async () => {
    for (const [name, check] of Object.entries(checks)) {
        try {
            asRoot();
            await check();
            console.log(`ok ${name}`);
        } catch (why) {
            process.exitCode = 1;
            console.log(`not ok ${name}: ${JSON.stringify(why.message)}`);
        }
    }
})();
