//! What a command has at hand while it runs.

use crate::{
    client::{Client, Config, Rehearsal, Secret},
    environment::Environment,
    failure::{Failure, Outcome, SUCCESS},
    flags::{Arguments, common},
    gofmt::number::parse_bool,
    output::{Input, Screen, print_secret, print_secret_field},
    program::Program,
    token_helper::TokenHelper,
};

/// The surroundings of one command.
pub(crate) struct Context<'a> {
    pub(crate) program: Program,
    pub(crate) environment: Environment,
    pub(crate) screen: Screen<'a>,
    pub(crate) input: Input<'a>,
    pub(crate) rehearsal: Rehearsal,
}

impl Context<'_> {
    /// A client with the token of the environment or, where that has none, of the token helper.
    ///
    /// # Errors
    /// When the connection is set up wrongly, or the token helper fails.
    pub(crate) fn client(&self, arguments: &Arguments) -> Result<Client, Failure> {
        let mut client = self.client_without_token_helper(arguments)?;
        if client.token().is_empty() {
            let helper = self.token_helper(client.address())?;
            let token = helper
                .get()
                .map_err(|why| Failure::server(format!("failed to get token from token helper: {why}")))?;
            client.set_token(&token);
        }
        Ok(client)
    }

    /// A client that has a token only if the environment gives one.
    ///
    /// # Errors
    /// When the connection is set up wrongly.
    pub(crate) fn client_without_token_helper(&self, arguments: &Arguments) -> Result<Client, Failure> {
        let config = Config::read(arguments, &self.environment)?;
        Ok(Client::new(config, self.rehearsal, &self.environment)?)
    }

    /// What keeps the token between commands.
    ///
    /// # Errors
    /// When the configured helper does not exist.
    pub(crate) fn token_helper(&self, address: &str) -> Result<TokenHelper, Failure> {
        TokenHelper::find(&self.environment, address)
            .map_err(|why| Failure::server(format!("failed to get token helper: {why}")))
    }

    /// Whether everything that is known is to be shown: by the flag, or by the environment.
    pub(crate) fn detailed(&self, arguments: &Arguments) -> bool {
        let set = || self.environment.setting("DETAILED").is_some_and(|text| parse_bool(text) == Ok(true));
        if arguments.has(&common::DETAILED) { arguments.bool(&common::DETAILED) } else { set() }
    }

    /// Prints the field that `-field` asks for, if it does.
    pub(crate) fn asked_field(&mut self, arguments: &Arguments, secret: &Secret) -> Option<Outcome> {
        let field = arguments.text(&common::FIELD);
        (!field.is_empty()).then(|| print_secret_field(&mut self.screen, secret, field))
    }

    /// Prints a response, or the one field of it that was asked for.
    pub(crate) fn show(&mut self, arguments: &Arguments, secret: &Secret) -> Outcome {
        match self.asked_field(arguments, secret) {
            Some(outcome) => outcome,
            None => print_secret(&mut self.screen, secret),
        }
    }

    /// Says that a command did what it should, whatever the form of the output.
    pub(crate) fn done(&mut self, text: impl AsRef<str>) -> Outcome {
        self.screen.line(text);
        Ok(SUCCESS)
    }
}
