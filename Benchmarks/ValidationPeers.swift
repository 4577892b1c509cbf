/// The same values and as much of the same contract as pydantic-settings and dotenv-linter can be told.
extension ValidationProject {
    /// Secrets are among them, since both know of one file only.
    func dotenv(_ environment: String) -> String {
        (0..<variables).flatMap { lines($0, environment) }
            .map { "\($0.name)=\($0.value.contains(" ") ? "\"\($0.value)\"" : $0.value)" }
            .joined(separator: "\n") + "\n"
    }

    /// Types, ranges, patterns, choices and unknown names. A duration's bounds and a list's parts cannot be said in a type.
    var settings: String {
        """
        import sys
        from typing import Annotated, Literal
        from pydantic import AnyUrl, Field, SecretStr, ValidationError
        from pydantic_settings import BaseSettings, SettingsConfigDict


        class Settings(BaseSettings):
            model_config = SettingsConfigDict(extra="forbid")

        """
            + (0..<variables).map { "    \(name($0).lowercased()): \(type(kind($0)))\n" }.joined() + """


                wrong = 0
                for name in ("dev", "staging", "production"):
                    try:
                        Settings(_env_file=f".env.{name}")
                    except ValidationError as error:
                        wrong += error.error_count()
                        print(error)
                sys.exit(2 if wrong else 0)

                """
    }

    private func type(_ kind: Kind) -> String {
        switch kind {
        case .text, .list: "str"
        case .number: "Annotated[int, Field(ge=0, le=1000000)]"
        case .address: "AnyUrl"
        case .truth: "bool"
        case .choice: "Literal[\"fast\", \"careful\", \"off-peak\"]"
        case .pattern: "Annotated[str, Field(pattern=r\"^region-[a-z]+-[0-9]+$\")]"
        case .duration: "Annotated[str, Field(pattern=r\"^[0-9]+(ms|s|m|h)$\")]"
        case .share: "Annotated[float, Field(ge=0, le=1)]"
        case .secret: "Annotated[SecretStr, Field(min_length=32)]"
        }
    }
}
