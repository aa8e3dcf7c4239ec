//! `visitor <origin> <name> <password>`: loads the vault's script as a worker, signs in, and prints what `/api/me` says.

use symbolon_tests::client::Client;

#[tokio::main]
async fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [origin, name, password] = &arguments[..] else {
        panic!("usage: visitor <origin> <name> <password>");
    };
    let mut client = Client::new(origin);
    client.sign_in(name, password).await;
    let me = client.me().await;
    assert_eq!(me.status, 200, "{}", me.body);
    println!("{}", me.body);
}
