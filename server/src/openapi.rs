use axum::http::header;
use axum::response::{IntoResponse, Response};

const DESCRIPTION: &str = include_str!("openapi.json");

/// This server's paths as an OpenAPI 3.1 description.
pub(crate) async fn show() -> Response {
    ([(header::CONTENT_TYPE, "application/json")], DESCRIPTION).into_response()
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_version_is_the_programs() {
        let description: serde_json::Value = serde_json::from_str(super::DESCRIPTION).unwrap();
        assert_eq!(description["info"]["version"], env!("CARGO_PKG_VERSION"));
    }

    #[test]
    fn every_quantity_is_described_with_its_range() {
        let description: serde_json::Value = serde_json::from_str(super::DESCRIPTION).unwrap();
        let schemas = &description["components"]["schemas"];
        let names: Vec<&str> = readings::Quantity::all().map(readings::Quantity::name).collect();
        assert_eq!(schemas["QuantityName"]["enum"], serde_json::json!(names));
        for quantity in readings::Quantity::all() {
            let described = &schemas["Reading"]["properties"][quantity.name()];
            let range = (described["minimum"].as_f64(), described["maximum"].as_f64());
            let (least, most) = quantity.range().into_inner();
            assert_eq!(range, (Some(least), Some(most)), "{quantity}");
        }
    }
}
