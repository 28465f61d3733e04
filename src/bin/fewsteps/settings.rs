//! The page's settings, with what the command line changes of them.

use std::error::Error;

use clap::Args;
use fewsteps::settings::Settings;
use serde_json::{Map, Value};

use crate::files;

/// Changes of settings.
#[derive(Args)]
pub struct Changes {
    /// Settings that differ from the page's for the data set: a file of a JSON object, or - for the standard input.
    #[arg(long, value_name = "FILE")]
    settings: Option<String>,
    /// One setting that differs, such as `learning_rate=1e-3`; its value is JSON or a word. Can be given again.
    #[arg(long, value_name = "KEY=VALUE", value_parser = pair)]
    set: Vec<(String, Value)>,
}

impl Changes {
    /// The page's settings for `data` with these changes and then `others`.
    pub fn apply(&self, data: &str, others: &[(&str, Option<Value>)]) -> Result<Settings, Box<dyn Error>> {
        let mut changes = match &self.settings {
            Some(path) => read(path)?,
            None => Map::new(),
        };
        changes.extend(self.set.iter().cloned());
        let others = others.iter().filter_map(|(key, value)| Some(((*key).to_owned(), value.clone()?)));
        changes.extend(others);
        if let Some(other) = changes.get("data").filter(|other| *other != data) {
            return Err(format!("data: the settings are for {other}, and not for “{data}”").into());
        }
        let Value::Object(mut values) = serde_json::to_value(Settings::for_data(data))? else {
            return Err("settings: they are not an object".into());
        };
        if let Some(unknown) = changes.keys().find(|key| !values.contains_key(*key)) {
            return Err(format!("{unknown}: there is no such setting").into());
        }
        values.extend(changes);
        let settings: Settings = serde_path_to_error::deserialize(Value::Object(values))?;
        settings.check()?;
        Ok(settings)
    }
}

fn read(path: &str) -> Result<Map<String, Value>, String> {
    serde_json::from_str(&files::text(path)?).map_err(|error| format!("{path} is not a JSON object: {error}"))
}

fn pair(word: &str) -> Result<(String, Value), String> {
    let (key, value) = word.split_once('=').ok_or("a setting is written KEY=VALUE")?;
    Ok((key.into(), serde_json::from_str(value).unwrap_or_else(|_| value.into())))
}
