//! The guest book: comments that everybody can read. A comment is text, and never markup.

use axum::{Json, extract::State, http::StatusCode};
use rusqlite::params;
use serde::{Deserialize, Serialize};
use symbolon_server::Authenticated;

use crate::{database::Database, error::AppError};

/// The longest comment, in characters.
const MAX_COMMENT: usize = 280;

#[derive(Serialize)]
pub(crate) struct Comment {
    author: String,
    /// Seconds since 1970.
    at: i64,
    text: String,
}

/// Answers `GET /api/notes`.
pub(crate) async fn comments(
    State(database): State<Database>,
    _: Authenticated,
) -> Result<Json<Vec<Comment>>, AppError> {
    Ok(Json(database.comments().await?))
}

#[derive(Deserialize)]
pub(crate) struct NewComment {
    text: String,
}

/// Answers `POST /api/notes`.
pub(crate) async fn add_comment(
    State(database): State<Database>,
    who: Authenticated,
    Json(NewComment { text }): Json<NewComment>,
) -> Result<StatusCode, AppError> {
    let text = text.trim();
    if text.is_empty() || text.chars().count() > MAX_COMMENT {
        return Err(AppError::Rejected("The comment was not written: it must have 1 to 280 characters."));
    }
    database.add_comment(who.subject(), text).await?;
    Ok(StatusCode::CREATED)
}

impl Database {
    /// Returns the newest 20 comments, newest first.
    pub(crate) async fn comments(&self) -> anyhow::Result<Vec<Comment>> {
        self.read(|connection| {
            connection
                .prepare_cached(
                    "select name, at, text from demo_comment comment
                     join demo_person person on person.id = author order by comment.id desc limit 20",
                )?
                .query_map([], |row| Ok(Comment { author: row.get(0)?, at: row.get(1)?, text: row.get(2)? }))?
                .collect()
        })
        .await
    }

    async fn add_comment(&self, author: &str, text: &str) -> anyhow::Result<()> {
        let (author, text) = (author.to_owned(), text.to_owned());
        let added = self.change(move |connection| {
            let comment = "insert into demo_comment (author, at, text) values (?, unixepoch(), ?)";
            Ok(connection.execute(comment, params![author, text])?)
        });
        added.await.map(drop)
    }

    /// Returns whether there is a comment with exactly this text. Only the lab asks.
    pub(crate) async fn has_comment(&self, text: &str) -> anyhow::Result<bool> {
        let text = text.to_owned();
        self.read(move |connection| {
            connection.query_row("select exists (select 1 from demo_comment where text = ?)", [text], |row| {
                row.get(0)
            })
        })
        .await
    }

    /// Deletes every comment that begins with `beginning`, except the text `kept`. Only the lab asks.
    pub(crate) async fn delete_comments(&self, beginning: &str, kept: &str) -> anyhow::Result<()> {
        let (beginning, kept) = (beginning.to_owned(), kept.to_owned());
        let gone = self.change(move |connection| {
            let gone = "delete from demo_comment where substr(text, 1, length(?1)) = ?1 and text <> ?2";
            Ok(connection.execute(gone, [beginning, kept])?)
        });
        gone.await.map(drop)
    }
}
