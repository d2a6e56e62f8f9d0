//! A picture of a chart in points, for mails: most readers of mail show no SVG. Drawn by the program, with letters of its own.

use std::sync::{Arc, LazyLock};

use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::fontdb::Database;
use resvg::usvg::{Options, Tree};

/// DejaVu Sans Condensed, its Latin, Greek and Cyrillic letters. `assets/fonts/LICENSE` says whose it is.
const FONT: &[u8] = include_bytes!("../../../assets/fonts/DejaVuSansCondensed-subset.ttf");
const FAMILY: &str = "DejaVu Sans Condensed";
/// No picture is larger, in points of either side.
const LARGEST: f32 = 4_096.0;

static FONTS: LazyLock<Arc<Database>> = LazyLock::new(|| {
    let mut fonts = Database::new();
    fonts.load_font_data(FONT.to_vec());
    fonts.set_sans_serif_family(FAMILY);
    Arc::new(fonts)
});

/// The picture as PNG; none where it cannot be drawn.
#[must_use]
pub(super) fn png(svg: &str) -> Option<Vec<u8>> {
    let options = Options { font_family: FAMILY.to_owned(), fontdb: Arc::clone(&FONTS), ..Options::default() };
    let tree = Tree::from_str(svg, &options).ok()?;
    let size = Some(tree.size()).filter(|size| size.width().max(size.height()) <= LARGEST)?.to_int_size();
    let mut picture = Pixmap::new(size.width(), size.height())?;
    resvg::render(&tree, Transform::identity(), &mut picture.as_mut());
    picture.encode_png().ok()
}

#[cfg(test)]
mod tests {
    use super::png;

    #[test]
    fn letters_are_drawn_without_any_font_of_the_host() {
        let svg = |inside: &str| {
            format!(
                "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"200\" height=\"40\" font-family=\"system-ui, sans-serif\">\
                 <rect width=\"200\" height=\"40\" fill=\"#fff\"/>{inside}</svg>"
            )
        };
        let blank = png(&svg("")).unwrap();
        for words in ["Stornierungen", "Größe", "Ωμέγα", "Привет", "1.234,5 %", "€", "–…"] {
            let picture = png(&svg(&format!("<text x=\"4\" y=\"24\">{words}</text>"))).unwrap();
            assert!(picture.starts_with(b"\x89PNG") && picture.len() > blank.len(), "{words}");
        }
        assert_eq!(png("<svg"), None);
        assert_eq!(png("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"100000\" height=\"100000\"/>"), None);
    }
}
